-- Purpose: what mails stand on, but for erased contacts.
-- Parameters: $1 mails
-- Index: link_mail
-- Lock: none
SELECT mail_id, contact_id, record_id, ticket_id
FROM crm.link
WHERE mail_id = ANY($1::uuid[])
  AND (contact_id IS NULL OR EXISTS (SELECT FROM crm.contact c WHERE c.id = contact_id AND c.erased_at IS NULL))
ORDER BY mail_id, linked_at
