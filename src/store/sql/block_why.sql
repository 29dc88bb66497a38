-- Purpose: the blocks in force against an address, the widest first, with what of the address they met.
-- Parameters: $1 the canonical address and, if it has an extension, the address without it, $2 its domain, $3 that domain and all above
-- Index: block_value, block_contact, block_hash, contact_address_key, contact_address_shared, contact_pkey
-- Lock: none
WITH met AS (
    SELECT b.id, b.value AS met FROM crm.block b
    WHERE b.removed_at IS NULL AND b.kind = 'address' AND b.value = ANY ($1::text[])
    UNION ALL
    SELECT b.id, b.value FROM crm.block b
    WHERE b.removed_at IS NULL AND b.kind = 'domain' AND b.value = $2::text
    UNION ALL
    SELECT b.id, b.value FROM crm.block b
    WHERE b.removed_at IS NULL AND b.kind = 'subdomains' AND b.value = ANY ($3::text[])
    UNION ALL
    SELECT b.id, own.address FROM unnest($1::text[]) AS own (address)
    JOIN crm.block b ON substring(b.keyed_hash FROM 1 FOR 16) = crm.block_key(own.address)
    WHERE b.removed_at IS NULL AND b.kind = 'hash'
    UNION ALL
    SELECT b.id, own.address FROM unnest($1::text[]) AS own (address)
    JOIN crm.contact_address a ON a.digest = crm.digest(own.address) AND NOT a.shared
    JOIN crm.block b ON b.contact_id = a.contact_id
    WHERE b.removed_at IS NULL AND b.kind = 'contact'
    UNION ALL
    SELECT b.id, own.address FROM unnest($1::text[]) AS own (address)
    JOIN crm.contact_address a ON a.digest = crm.digest(own.address) AND a.shared
    JOIN crm.block b ON b.contact_id = a.contact_id
    WHERE b.removed_at IS NULL AND b.kind = 'contact'
)
SELECT b.id, b.kind, coalesce(b.value, c.name, encode(substring(b.keyed_hash FROM 1 FOR 16), 'hex'), ''),
    b.contact_id, b.scope, b.reason, b.created_by, b.created_at, b.removed_by, b.removed_at, m.met
FROM met m
JOIN crm.block b ON b.id = m.id
LEFT JOIN crm.contact c ON c.id = b.contact_id
ORDER BY b.scope = 'all' DESC, b.created_at, b.id
