-- Purpose: what is blocked now, as mail is compared with it: a blocked contact is all its addresses.
-- Parameters: none
-- Index: all blocks in force are read, contact_address_pkey
-- Lock: none
SELECT b.kind, b.value, b.keyed_hash, b.scope = 'all'
FROM crm.block b
WHERE b.removed_at IS NULL AND b.kind <> 'contact'
UNION ALL
SELECT 'address', a.address, NULL, b.scope = 'all'
FROM crm.block b
JOIN crm.contact_address a ON a.contact_id = b.contact_id
WHERE b.removed_at IS NULL AND b.kind = 'contact'
