-- Purpose: contacts by id or address; several if the address is shared.
-- Parameters: $1 id, $2 digest of a canonical address
-- Index: contact_pkey, contact_address_key, contact_address_shared
-- Lock: none
SELECT c.id, c.name, c.company, c.type, c.state, c.stars, c.language, c.origin, u.login, c.created_at,
    ARRAY(SELECT a.shown FROM crm.contact_address a WHERE a.contact_id = c.id ORDER BY a.position, a.address),
    ARRAY(SELECT p.number FROM crm.contact_phone p WHERE p.contact_id = c.id ORDER BY p.position, p.number)
FROM crm.contact c
LEFT JOIN crm.users u ON u.id = c.owner_id
WHERE c.id IN (SELECT $1::uuid
               UNION SELECT contact_id FROM crm.contact_address WHERE digest = $2::bytea AND NOT shared
               UNION SELECT contact_id FROM crm.contact_address WHERE digest = $2::bytea AND shared)
ORDER BY c.id
