-- Purpose: mails by fingerprint.
-- Parameters: $1 fingerprints
-- Index: mail_key_pkey
-- Lock: none
SELECT fingerprint, mail_id, received_at FROM crm.mail_key WHERE fingerprint = ANY($1::bytea[])
