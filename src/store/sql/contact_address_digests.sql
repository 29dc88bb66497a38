-- Purpose: a portion of the digests of all contacts' addresses, behind the last one of the portion before.
-- Parameters: $1 contact and $2 digest of that last one, $3 how many
-- Index: contact_address_pkey
-- Lock: none
SELECT contact_id, digest
FROM crm.contact_address
WHERE (contact_id, digest) > ($1, $2)
ORDER BY contact_id, digest
LIMIT $3
