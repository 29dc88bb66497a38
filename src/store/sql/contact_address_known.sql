-- Purpose: contacts that have one of the addresses.
-- Parameters: $1 digests of canonical addresses
-- Index: contact_address_key, contact_address_shared
-- Lock: none
SELECT address, contact_id
FROM crm.contact_address
WHERE (digest = ANY($1::bytea[]) AND NOT shared) OR (digest = ANY($1::bytea[]) AND shared)
ORDER BY address, shared, contact_id
