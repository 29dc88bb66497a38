-- Purpose: unlocks mails.
-- Parameters: $1 mails
-- Index: mail_handling_pkey
-- Lock: rows
UPDATE crm.mail_handling SET locked_at = NULL WHERE mail_id = ANY ($1::uuid[]) AND locked_at IS NOT NULL
