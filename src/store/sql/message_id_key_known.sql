-- Purpose: mails by the digest of their Message-ID: of several that claim one, the first recorded, so that a later one cannot take over its thread.
-- Parameters: $1 digests
-- Index: message_id_key_pkey
-- Lock: none
SELECT DISTINCT ON (digest) digest, mail_id
FROM crm.message_id_key
WHERE digest = ANY($1::bytea[])
ORDER BY digest, mail_id
