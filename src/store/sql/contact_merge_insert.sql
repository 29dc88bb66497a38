-- Purpose: keeps what a merge moved.
-- Parameters: $1 id, $2 from, $3 to, $4 the rows as they were
-- Index: contact_merge_pkey
-- Lock: none
INSERT INTO crm.contact_merge (id, contact_id, into_id, moved, merged_by)
VALUES ($1, $2, $3, $4, (SELECT id FROM crm.users WHERE pg_role = current_user))
