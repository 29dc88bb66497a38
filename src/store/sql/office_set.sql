-- Purpose: renames an office, sets or takes away its coordinator; null stays.
-- Parameters: $1 name, $2 new name, $3 whether to set the coordinator, $4 coordinator or null
-- Index: office_name
-- Lock: the row
UPDATE crm.office
SET name = coalesce($2::text, name), coordinator_id = CASE WHEN $3::boolean THEN $4::uuid ELSE coordinator_id END
WHERE lower(name) = lower($1::text)
