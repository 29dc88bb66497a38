-- Purpose: contacts that have an address, the one that does not share it first.
-- Parameters: $1 canonical address
-- Index: contact_address_key, contact_address_shared, contact_pkey
-- Lock: none
SELECT c.id, c.name
FROM crm.contact_address a
JOIN crm.contact c ON c.id = a.contact_id
WHERE (a.digest = crm.digest($1) AND NOT a.shared) OR (a.digest = crm.digest($1) AND a.shared)
ORDER BY a.shared, c.id
