-- Purpose: takes proofs away from a user.
-- Parameters: $1 user, $2 which
-- Index: user_sasl_login_pkey
-- Lock: the rows
DELETE FROM crm.user_sasl_login WHERE user_id = $1 AND login = ANY($2::text[])
