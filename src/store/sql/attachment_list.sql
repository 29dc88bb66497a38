-- Purpose: attachments of a mail.
-- Parameters: $1 mail
-- Index: attachment_pkey
-- Lock: none
SELECT position, name, media_type, size, encode(sha256, 'hex')
FROM crm.attachment
WHERE mail_id = $1::uuid
ORDER BY position
