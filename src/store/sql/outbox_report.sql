-- Purpose: what came back of letters.
-- Parameters: $1 ids, $2 what came back, $3 when, $4 in words, $5 the messages that said so
-- Index: outbox_pkey
-- Lock: the rows
UPDATE crm.outbox o
SET report = n.report, reported_at = n.reported_at, report_text = n.words, report_mail_id = n.mail_id
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::uuid[]) AS n (id, report, reported_at, words, mail_id)
WHERE o.id = n.id
