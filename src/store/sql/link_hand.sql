-- Purpose: puts mails on contacts, records and tickets by hand; what stands there already stays as it is.
-- Parameters: $1 mails, $2 contacts, $3 records, $4 tickets (one of the three in each place)
-- Index: mail_pkey, link_contact, link_record, link_ticket
-- Lock: key share and share on the targets
INSERT INTO crm.link (mail_id, contact_id, record_id, ticket_id, how, linked_by)
SELECT m.id, x.contact_id, x.record_id, x.ticket_id, 'hand', (SELECT u.id FROM crm.users u WHERE u.pg_role = current_user)
FROM crm.mail m
CROSS JOIN unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS x (contact_id, record_id, ticket_id)
WHERE m.id = ANY ($1::uuid[])
ON CONFLICT DO NOTHING
