-- Purpose: whoever puts a mail where it stands already vouches for it.
-- Parameters: $1 mails, $2 contacts, $3 records, $4 tickets (one of the three in each place)
-- Index: link_mail
-- Lock: rows
UPDATE crm.link l
SET unverified = false
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS x (contact_id, record_id, ticket_id)
WHERE l.mail_id = ANY ($1::uuid[]) AND l.unverified
  AND (l.contact_id = x.contact_id OR l.record_id = x.record_id OR l.ticket_id = x.ticket_id)
