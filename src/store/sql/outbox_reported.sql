-- Purpose: letters to an address that something came back of, the newest first.
-- Parameters: $1 canonical address
-- Index: outbox_reported: policies keep functions of columns from any index
-- Lock: none
SELECT number, kind, subject, created_at, report, reported_at, report_text, report_mail_id
FROM crm.outbox
WHERE crm.digest(rcpt_to) = crm.digest($1) AND report IS NOT NULL
ORDER BY reported_at DESC, number DESC
LIMIT 100
