-- Purpose: what is needed to act as a user: the role, whether it is there and may be taken on; and the id of an agent.
-- Parameters: $1 login
-- Index: users_login
-- Lock: none
SELECT u.pg_role, u.deactivated_at, u.pg_role IS NOT NULL AND to_regrole(quote_ident(u.pg_role)) IS NOT NULL,
    CASE WHEN to_regrole(quote_ident(u.pg_role)) IS NOT NULL
         THEN pg_has_role(current_user, u.pg_role::name, 'MEMBER') ELSE false END,
    current_user::text, CASE WHEN u.role = 'agent' THEN u.id END
FROM crm.users u
WHERE lower(u.login) = lower($1::text)
