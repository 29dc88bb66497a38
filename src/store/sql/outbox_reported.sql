-- Purpose: letters to an address that something came back of, the newest first.
-- Parameters: $1 canonical address
-- Index: outbox_recipient
-- Lock: none
SELECT number, kind, subject, created_at, report, reported_at, report_text, report_mail_id
FROM crm.outbox
WHERE rcpt_to = $1 AND report IS NOT NULL
ORDER BY reported_at DESC, number DESC
LIMIT 100
