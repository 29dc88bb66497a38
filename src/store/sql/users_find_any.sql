-- Purpose: a user by login, deactivated ones too.
-- Parameters: $1 login
-- Index: users_login
-- Lock: none
SELECT id FROM crm.users WHERE lower(login) = lower($1::text)
