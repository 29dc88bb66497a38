-- Purpose: correspondents of a mail.
-- Parameters: $1 mail
-- Index: party_pkey
-- Lock: none
SELECT p.role, p.name, p.address, p.contact_id, u.login
FROM crm.party p
LEFT JOIN crm.users u ON u.id = p.user_id
WHERE p.mail_id = $1::uuid
ORDER BY p.position
