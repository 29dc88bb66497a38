-- Purpose: mails by fingerprint, and whether their content was erased.
-- Parameters: $1 fingerprints
-- Index: mail_key_pkey, mail_pkey
-- Lock: none
SELECT k.fingerprint, k.mail_id, k.received_at,
    EXISTS (SELECT FROM crm.mail m WHERE m.id = k.mail_id AND m.erased_at IS NOT NULL)
FROM crm.mail_key k
WHERE k.fingerprint = ANY($1::bytea[])
