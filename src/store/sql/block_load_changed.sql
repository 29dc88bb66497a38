-- Purpose: how what these blocks speak of is blocked now, whoever else blocks it; no scope: it is not.
-- Parameters: $1 blocks, ended ones too
-- Index: block_pkey, block_value, block_contact, block_hash, contact_address_pkey, contact_address_key, contact_address_shared
-- Lock: none
WITH touched AS (
    SELECT b.kind, b.value FROM crm.block b WHERE b.id = ANY ($1::uuid[]) AND b.kind NOT IN ('contact', 'hash')
    UNION
    SELECT 'address', a.address FROM crm.block b
    JOIN crm.contact_address a ON a.contact_id = b.contact_id
    WHERE b.id = ANY ($1::uuid[]) AND b.kind = 'contact'
)
SELECT t.kind, t.value, NULL::bytea, (
    SELECT bool_or(s.scope = 'all') FROM (
        SELECT b.scope FROM crm.block b WHERE b.removed_at IS NULL AND b.kind = t.kind AND b.value = t.value
        UNION ALL
        SELECT b.scope FROM crm.block b
        WHERE t.kind = 'address' AND b.removed_at IS NULL AND b.kind = 'hash'
          AND substring(b.keyed_hash FROM 1 FOR 16) = crm.block_key(t.value)
        UNION ALL
        -- From the address to its contacts, never from all blocked contacts to the address.
        SELECT (SELECT b.scope FROM crm.block b
                WHERE b.contact_id = a.contact_id AND b.removed_at IS NULL AND b.kind = 'contact')
        FROM (SELECT contact_id FROM crm.contact_address WHERE digest = crm.digest(t.value) AND NOT shared
              UNION ALL
              SELECT contact_id FROM crm.contact_address WHERE digest = crm.digest(t.value) AND shared) AS a
        WHERE t.kind = 'address'
    ) AS s)
FROM touched t
UNION ALL
SELECT b.kind, NULL, b.keyed_hash, b.scope = 'all' FROM crm.block b
WHERE b.id = ANY ($1::uuid[]) AND b.kind = 'hash' AND b.removed_at IS NULL
