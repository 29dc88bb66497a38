-- Purpose: what a mail has beyond its line in a list.
-- Parameters: $1 id
-- Index: mail_pkey
-- Lock: none
SELECT new_text, note, findings FROM crm.mail WHERE id = $1::uuid
