-- Purpose: news for users, of a batch.
-- Parameters: $1 ids, $2 users, $3 kinds, $4 contacts, $5 records, $6 tickets, $7 mails, $8 texts
-- Index: notification_pkey
-- Lock: key share on the targets
INSERT INTO crm.notification (id, user_id, kind, contact_id, record_id, ticket_id, mail_id, text)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[],
    $8::text[])
