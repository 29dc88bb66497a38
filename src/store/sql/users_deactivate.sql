-- Purpose: ends or renews the authority of a user.
-- Parameters: $1 user, $2 whether to end it
-- Index: users_pkey
-- Lock: the row
UPDATE crm.users
SET deactivated_at = CASE WHEN $2::boolean THEN coalesce(deactivated_at, now()) END
WHERE id = $1
