-- Purpose: contacts that have one of the phones.
-- Parameters: $1 digests of phones in E.164
-- Index: contact_phone_key, contact_phone_shared
-- Lock: none
SELECT number, contact_id
FROM crm.contact_phone
WHERE (digest = ANY($1::bytea[]) AND NOT shared) OR (digest = ANY($1::bytea[]) AND shared)
ORDER BY number, shared, contact_id
