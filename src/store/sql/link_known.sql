-- Purpose: what mails stand on.
-- Parameters: $1 mails
-- Index: link_mail
-- Lock: none
SELECT mail_id, contact_id, record_id, ticket_id
FROM crm.link
WHERE mail_id = ANY($1::uuid[])
ORDER BY mail_id, linked_at
