-- Purpose: the content of an attachment.
-- Parameters: $1 mail, $2 position
-- Index: attachment_pkey, attachment_content_pkey
-- Lock: none
SELECT c.content
FROM crm.attachment a
JOIN crm.attachment_content c ON c.sha256 = a.sha256
WHERE a.mail_id = $1::uuid AND a.position = $2
