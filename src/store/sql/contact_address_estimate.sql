-- Purpose: about how many addresses the contacts have, as the last look at the table found; 0 if there was none.
-- Parameters: none
-- Index: pg_class_oid_index
-- Lock: none
SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'crm.contact_address'::regclass
