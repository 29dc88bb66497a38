-- Purpose: what is blocked now, as the milter compares it: a blocked contact is all its addresses.
-- Parameters: none
-- Index: all blocks in force are read, contact_address_pkey
-- Lock: none
SELECT b.id, b.kind, coalesce(b.value, encode(b.keyed_hash, 'hex')), b.scope
FROM crm.block b
WHERE b.removed_at IS NULL AND b.kind <> 'contact'
UNION ALL
SELECT b.id, 'address', a.address, b.scope
FROM crm.block b
JOIN crm.contact_address a ON a.contact_id = b.contact_id
WHERE b.removed_at IS NULL AND b.kind = 'contact'
