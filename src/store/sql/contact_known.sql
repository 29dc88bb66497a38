-- Purpose: contacts with all their addresses, their state, and the companies that they are persons of.
-- Parameters: $1 ids
-- Index: contact_pkey, contact_address_pkey, contact_relation_pkey
-- Lock: none
SELECT c.id, c.name, c.owner_id,
    ARRAY(SELECT a.address FROM crm.contact_address a WHERE a.contact_id = c.id ORDER BY a.position, a.address),
    ARRAY(SELECT r.company_id FROM crm.contact_relation r WHERE r.person_id = c.id ORDER BY r.company_id),
    c.state
FROM crm.contact c
WHERE c.id = ANY($1::uuid[])
