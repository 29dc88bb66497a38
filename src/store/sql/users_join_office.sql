-- Purpose: makes a user belong to an office.
-- Parameters: $1 user, $2 office
-- Index: users_pkey
-- Lock: the row
UPDATE crm.users SET office_id = $2 WHERE id = $1
