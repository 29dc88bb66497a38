-- Purpose: notices that are to go out, by mail and by webhook.
-- Parameters: $1 ids, $2 channels, $3 news, $4 addresses or keys of webhooks, $5 Message-IDs, $6 subjects, $7 contents
-- Index: outbox_pkey
-- Lock: key share on the news
INSERT INTO crm.outbox (id, kind, mail_from, channel, notification_id, rcpt_to, message_id, subject, message)
SELECT id, 'notice', '', channel, notification_id, rcpt_to, message_id, subject, message
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::jsonb[])
    AS n (id, channel, notification_id, rcpt_to, message_id, subject, message)
