-- Purpose: blocks for people, the newest first.
-- Parameters: $1 also those that were removed
-- Index: all blocks are read, contact_pkey
-- Lock: none
SELECT b.id, b.kind, coalesce(b.value, c.name, encode(substring(b.keyed_hash FROM 1 FOR 16), 'hex'), ''),
    b.contact_id, b.scope, b.reason, b.created_by, b.created_at, b.removed_by, b.removed_at
FROM crm.block b
LEFT JOIN crm.contact c ON c.id = b.contact_id
WHERE $1::boolean OR b.removed_at IS NULL
ORDER BY b.created_at DESC, b.id DESC
