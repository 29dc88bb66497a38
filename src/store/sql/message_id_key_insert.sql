-- Purpose: digests under which answers find the mails of a batch.
-- Parameters: $1 digests, $2 mails
-- Index: message_id_key_pkey
-- Lock: rows, in the order of the digests
INSERT INTO crm.message_id_key (digest, mail_id)
SELECT * FROM unnest($1::bytea[], $2::uuid[])
ON CONFLICT DO NOTHING
