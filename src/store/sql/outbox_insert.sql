-- Purpose: what is to go out.
-- Parameters: $1–$14 arrays of the columns named below
-- Index: outbox_pkey
-- Lock: key share on the targets
INSERT INTO crm.outbox (id, kind, inbox, mail_from, rcpt_to, message_id, subject, message, in_reply_to, contact_id,
    record_id, ticket_id, comment_id, author_id)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[],
    $9::uuid[], $10::uuid[], $11::uuid[], $12::uuid[], $13::uuid[], $14::uuid[])
