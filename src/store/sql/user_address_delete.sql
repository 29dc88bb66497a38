-- Purpose: takes proofs away from a user.
-- Parameters: $1 user, $2 which
-- Index: user_address_pkey
-- Lock: the rows
DELETE FROM crm.user_address WHERE user_id = $1 AND address = ANY($2::text[])
