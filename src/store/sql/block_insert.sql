-- Purpose: a block; nothing comes back if there is one already. A merged contact's is the one's that it went into.
-- Parameters: $1 id, $2 kind, $3 value, $4 contact, $5 scope, $6 reason, $7 by whom
-- Index: block_value, block_contact, contact_pkey
-- Lock: none
WITH RECURSIVE merged (id, merged_into) AS (
    SELECT id, merged_into FROM crm.contact WHERE id = $4::uuid
    UNION
    SELECT c.id, c.merged_into FROM crm.contact c JOIN merged m ON c.id = m.merged_into
)
INSERT INTO crm.block (id, kind, value, contact_id, scope, reason, created_by)
VALUES ($1, $2, $3, (SELECT id FROM merged WHERE merged_into IS NULL), $5, $6, $7)
ON CONFLICT DO NOTHING
RETURNING id
