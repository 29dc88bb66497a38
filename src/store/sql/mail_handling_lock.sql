-- Purpose: locks mails; who and when is set by a trigger.
-- Parameters: $1 mails
-- Index: mail_pkey, mail_handling_pkey
-- Lock: rows
INSERT INTO crm.mail_handling AS h (mail_id, locked_at)
SELECT m.id, now() FROM crm.mail m WHERE m.id = ANY ($1::uuid[]) ORDER BY m.id
ON CONFLICT (mail_id) DO UPDATE SET locked_at = excluded.locked_at WHERE h.locked_at IS NULL
