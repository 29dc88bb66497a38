-- Purpose: users for people, by login.
-- Parameters: $1 login of the only one, or null
-- Index: users_login, or all users are read
-- Lock: none
SELECT u.id, u.login, u.name, u.role, u.language, u.created_at, u.deactivated_at,
    ARRAY(SELECT a.address FROM crm.user_address a WHERE a.user_id = u.id ORDER BY a.position, a.address),
    ARRAY(SELECT s.login FROM crm.user_sasl_login s WHERE s.user_id = u.id ORDER BY s.login),
    ARRAY(SELECT c.address FROM crm.user_client_address c WHERE c.user_id = u.id ORDER BY c.address),
    u.inbox_permission, o.name,
    ARRAY(SELECT t.name FROM crm.team_member m JOIN crm.team t ON t.id = m.team_id WHERE m.user_id = u.id ORDER BY 1),
    u.pg_role,
    ARRAY(SELECT c.issuer FROM crm.user_certificate c WHERE c.user_id = u.id ORDER BY c.issuer, c.subject),
    ARRAY(SELECT c.subject FROM crm.user_certificate c WHERE c.user_id = u.id ORDER BY c.issuer, c.subject),
    u.notices
FROM crm.users u
LEFT JOIN crm.office o ON o.id = u.office_id
WHERE $1::text IS NULL OR lower(u.login) = lower($1)
ORDER BY lower(u.login)
