-- Purpose: the user as whom the connection acts; no row: an operator.
-- Parameters: none
-- Index: users_pg_role_key
-- Lock: none
SELECT id, login FROM crm.users WHERE pg_role = current_user
