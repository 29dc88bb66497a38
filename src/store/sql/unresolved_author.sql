-- Purpose: who wrote a mail: the first of its authors that has an address.
-- Parameters: $1 mail
-- Index: party_pkey
-- Lock: none
SELECT name, address FROM crm.party
WHERE mail_id = $1 AND role = 'from' AND address IS NOT NULL
ORDER BY position
LIMIT 1
