-- Purpose: SASL logins of a user.
-- Parameters: $1 user, $2 logins
-- Index: user_sasl_login_pkey
-- Lock: key share on the user
INSERT INTO crm.user_sasl_login (login, user_id)
SELECT unnest($2::text[]), $1::uuid
