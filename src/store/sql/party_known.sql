-- Purpose: canonical addresses of the correspondents of mails.
-- Parameters: $1 mails
-- Index: party_pkey of each partition
-- Lock: none
SELECT mail_id, canonical
FROM crm.party
WHERE mail_id = ANY($1::uuid[]) AND canonical IS NOT NULL
ORDER BY mail_id, position
