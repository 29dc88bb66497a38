-- Purpose: takes mails from contacts, records and tickets.
-- Parameters: $1 mails, $2 contacts, $3 records, $4 tickets (one of the three in each place)
-- Index: link_mail
-- Lock: rows
DELETE FROM crm.link l
USING unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS x (contact_id, record_id, ticket_id)
WHERE l.mail_id = ANY ($1::uuid[])
  AND (l.contact_id = x.contact_id OR l.record_id = x.record_id OR l.ticket_id = x.ticket_id)
