-- Purpose: whether whoever asks is an active administrator.
-- Parameters: none
-- Index: users_pg_role_key
-- Lock: none
SELECT crm.sees_all()
