-- Purpose: correspondents of a mail, with whom they are by now.
-- Parameters: $1 mail
-- Index: party_pkey, contact_pkey
-- Lock: none
SELECT p.role, p.name, p.address, p.contact_id, u.login, p.canonical, c.name
FROM crm.party p
LEFT JOIN crm.users u ON u.id = p.user_id
LEFT JOIN crm.contact c ON c.id = p.contact_id
WHERE p.mail_id = $1::uuid
ORDER BY p.position
