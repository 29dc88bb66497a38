-- Purpose: tickets of a batch.
-- Parameters: $1 ids, $2 codes, $3 series, $4 subjects, $5 contacts, $6 owners, $7 inboxes, $8 closed tickets that they follow
-- Index: ticket_pkey, ticket_code_key
-- Lock: key share on contact and ticket
INSERT INTO crm.ticket (id, code, series, subject, contact_id, owner_id, inbox, follows_id)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::uuid[])
