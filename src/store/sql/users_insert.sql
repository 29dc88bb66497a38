-- Purpose: a new user.
-- Parameters: $1 id, $2 login, $3 name, $4 role, $5 language, $6 PostgreSQL role
-- Index: users_pkey, users_login
-- Lock: none
INSERT INTO crm.users (id, login, name, role, language, pg_role)
VALUES ($1, $2, $3, $4, $5, $6)
