-- Purpose: parties to a record.
-- Parameters: $1 record
-- Index: record_party_pkey, contact_pkey, contact_address_pkey
-- Lock: none
SELECT c.id, c.name, p.role,
    (SELECT a.shown FROM crm.contact_address a WHERE a.contact_id = c.id ORDER BY a.position, a.address LIMIT 1)
FROM crm.record_party p
JOIN crm.contact c ON c.id = p.contact_id
WHERE p.record_id = $1
ORDER BY c.id
