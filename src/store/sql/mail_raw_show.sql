-- Purpose: a message as it was received.
-- Parameters: $1 mail
-- Index: mail_raw_pkey
-- Lock: none
SELECT raw FROM crm.mail_raw WHERE mail_id = $1::uuid
