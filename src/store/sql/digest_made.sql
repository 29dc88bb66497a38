-- Purpose: a user's digest of the day was made.
-- Parameters: $1 user, $2 the day
-- Index: users_pkey
-- Lock: the user, whom the transaction holds
UPDATE crm.users SET digest_on = $2::date WHERE id = $1
