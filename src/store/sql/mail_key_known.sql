-- Purpose: mails by fingerprint, and whether their content was erased.
-- Parameters: $1 fingerprints
-- Index: mail_key_pkey, mail_pkey
-- Lock: none
SELECT k.fingerprint, k.mail_id, k.received_at, crm.is_erased(k.mail_id)
FROM crm.mail_key k
WHERE k.fingerprint = ANY($1::bytea[])
