-- Purpose: an office by name.
-- Parameters: $1 name
-- Index: office_name
-- Lock: none
SELECT id FROM crm.office WHERE lower(name) = lower($1::text)
