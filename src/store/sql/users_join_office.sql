-- Purpose: makes a user belong to an office, or to none.
-- Parameters: $1 user, $2 office or null
-- Index: users_pkey
-- Lock: the row
UPDATE crm.users SET office_id = $2::uuid WHERE id = $1
