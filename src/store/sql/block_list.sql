-- Purpose: blocks for people, the newest first.
-- Parameters: $1 also those that were removed, $2 value
-- Index: block_value, or all blocks are read
-- Lock: none
SELECT b.id, b.kind, coalesce(b.value, c.name, encode(b.keyed_hash, 'hex')), b.contact_id, b.scope, b.reason,
    b.created_by, b.created_at, b.removed_by, b.removed_at
FROM crm.block b
LEFT JOIN crm.contact c ON c.id = b.contact_id
WHERE ($1::boolean OR b.removed_at IS NULL)
  AND ($2::text IS NULL OR b.value = $2
       OR b.contact_id IN (SELECT contact_id FROM crm.contact_address WHERE digest = crm.digest($2)))
ORDER BY b.id DESC
