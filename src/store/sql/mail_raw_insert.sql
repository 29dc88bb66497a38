-- Purpose: messages as received, of a batch or a part of one.
-- Parameters: $1 mails, $2 messages
-- Index: mail_raw_pkey of the partition
-- Lock: none
INSERT INTO crm.mail_raw (mail_id, raw)
SELECT * FROM unnest($1::uuid[], $2::bytea[])
