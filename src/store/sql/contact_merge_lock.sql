-- Purpose: both contacts of a merge as they are, locked so that nobody links to either meanwhile.
-- Parameters: $1 ids
-- Index: contact_pkey
-- Lock: rows, for update, in the order of their ids
SELECT id, merged_into, to_jsonb(c) FROM crm.contact c WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
