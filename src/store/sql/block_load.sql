-- Purpose: a portion of what is blocked now, as mail is compared with it: a blocked contact is all its addresses.
-- Parameters: $1 the last block of the portion before, $2 how many blocks
-- Index: block_pkey, contact_address_pkey
-- Lock: none
SELECT b.id, CASE b.kind WHEN 'contact' THEN 'address' ELSE b.kind END, coalesce(a.address, b.value), b.keyed_hash,
    b.scope = 'all'
FROM (SELECT id, kind, value, contact_id, keyed_hash, scope
      FROM crm.block
      WHERE id > $1 AND removed_at IS NULL
      ORDER BY id
      LIMIT $2) AS b
LEFT JOIN crm.contact_address a ON b.kind = 'contact' AND a.contact_id = b.contact_id
ORDER BY b.id
