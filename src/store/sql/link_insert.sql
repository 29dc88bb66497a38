-- Purpose: what the mails of a batch stand on.
-- Parameters: $1 mails, $2 contacts, $3 records, $4 tickets (one of the three in each place), $5 whether nobody vouches for it, $6 when the mail was sent, where that is known
-- Index: link_contact, link_record, link_ticket
-- Lock: key share on the targets
INSERT INTO crm.link (mail_id, contact_id, record_id, ticket_id, unverified, sent_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::boolean[], $6::timestamptz[])
ON CONFLICT DO NOTHING
