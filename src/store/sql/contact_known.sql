-- Purpose: contacts with all their addresses.
-- Parameters: $1 ids
-- Index: contact_pkey, contact_address_pkey
-- Lock: none
SELECT c.id, c.name, c.owner_id,
    ARRAY(SELECT a.address FROM crm.contact_address a WHERE a.contact_id = c.id ORDER BY a.position, a.address)
FROM crm.contact c
WHERE c.id = ANY($1::uuid[])
