-- Purpose: a message as it was received; null where its content was erased.
-- Parameters: $1 mail
-- Index: mail_pkey, mail_raw_pkey
-- Lock: none
SELECT r.raw FROM crm.mail m LEFT JOIN crm.mail_raw r ON r.mail_id = m.id WHERE m.id = $1
