-- Purpose: changes names and place of a type; an empty name goes.
-- Parameters: $1 key, $2 names by language to set, null to take away, $3 position, null for as it is
-- Index: contact_type_pkey
-- Lock: row
UPDATE crm.contact_type
SET names = jsonb_strip_nulls(names || $2::jsonb), position = coalesce($3::smallint, position)
WHERE key = $1
