-- Purpose: SASL logins of a user.
-- Parameters: $1 user, $2 logins
-- Index: user_sasl_login_pkey
-- Lock: key share on the user
INSERT INTO crm.user_sasl_login (login, user_id)
SELECT a.login, $1::uuid FROM unnest($2::text[]) AS a (login)
WHERE NOT EXISTS (SELECT FROM crm.user_sasl_login o WHERE o.login = a.login AND o.user_id = $1)
