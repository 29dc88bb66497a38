-- Purpose: the office of that name, made if it is new; $3 becomes its coordinator if given.
-- Parameters: $1 id for a new one, $2 name, $3 coordinator or null
-- Index: office_name
-- Lock: the row
INSERT INTO crm.office AS o (id, name, coordinator_id) VALUES ($1, $2, $3)
ON CONFLICT (lower(name)) DO UPDATE SET coordinator_id = coalesce(excluded.coordinator_id, o.coordinator_id)
RETURNING id
