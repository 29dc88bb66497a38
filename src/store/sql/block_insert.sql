-- Purpose: a block; nothing comes back if there is one already.
-- Parameters: $1 id, $2 kind, $3 value, $4 contact, $5 scope, $6 reason, $7 by whom
-- Index: block_value, block_contact
-- Lock: none
INSERT INTO crm.block (id, kind, value, contact_id, scope, reason, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
RETURNING id
