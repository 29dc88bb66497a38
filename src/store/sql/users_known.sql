-- Purpose: all active users with what proves them, the oldest first.
-- Parameters: none
-- Index: all users are read
-- Lock: none
SELECT u.id, u.login, u.name, u.role,
    ARRAY(SELECT a.address FROM crm.user_address a WHERE a.user_id = u.id ORDER BY a.position, a.address),
    ARRAY(SELECT s.login FROM crm.user_sasl_login s WHERE s.user_id = u.id),
    ARRAY(SELECT c.address FROM crm.user_client_address c WHERE c.user_id = u.id),
    ARRAY(SELECT c.issuer FROM crm.user_certificate c WHERE c.user_id = u.id ORDER BY c.issuer, c.subject),
    ARRAY(SELECT c.subject FROM crm.user_certificate c WHERE c.user_id = u.id ORDER BY c.issuer, c.subject),
    (SELECT count(*) FROM crm.team_member m WHERE m.user_id = u.id)
FROM crm.users u
WHERE u.deactivated_at IS NULL
ORDER BY u.created_at, u.id
