-- Purpose: origins that plans name, if they are new.
-- Parameters: $1 keys, sorted
-- Index: origin_pkey
-- Lock: rows, in the order of the keys
INSERT INTO crm.origin (key)
SELECT unnest($1::text[])
ON CONFLICT DO NOTHING
