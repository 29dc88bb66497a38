-- Purpose: says who looks after mails.
-- Parameters: $1 mails, $2 user, or null for nobody
-- Index: mail_pkey, mail_handling_pkey
-- Lock: rows, in the order of the ids
INSERT INTO crm.mail_handling AS h (mail_id, owner_id)
SELECT m.id, $2::uuid FROM crm.mail m WHERE m.id = ANY ($1::uuid[]) ORDER BY m.id
ON CONFLICT (mail_id) DO UPDATE SET owner_id = excluded.owner_id WHERE h.owner_id IS DISTINCT FROM excluded.owner_id
