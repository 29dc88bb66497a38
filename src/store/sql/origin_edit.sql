-- Purpose: changes names and icon of an origin; an empty name goes.
-- Parameters: $1 key, $2 names by language to set, null to take away, $3 icon or null for as it is, empty for none
-- Index: origin_pkey
-- Lock: row
UPDATE crm.origin
SET names = jsonb_strip_nulls(names || $2::jsonb), icon = CASE WHEN $3::text IS NULL THEN icon ELSE nullif($3, '') END
WHERE key = $1
