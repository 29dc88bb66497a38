-- Purpose: a new user; the role in PostgreSQL is made by a trigger.
-- Parameters: $1 id, $2 login, $3 name, $4 role, $5 language, $6 inbox permission
-- Index: users_pkey, users_login
-- Lock: none
INSERT INTO crm.users (id, login, name, role, language, inbox_permission)
VALUES ($1, $2, $3, $4, $5, $6)
