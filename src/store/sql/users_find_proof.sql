-- Purpose: who holds one of the proofs that a new user is to have.
-- Parameters: $1 login, $2 mail addresses, $3 SASL logins, $4 client addresses
-- Index: users_login, keys of the four tables
-- Lock: none
SELECT what, value, u.login
FROM (
    SELECT 'login' AS what, login AS value, id AS user_id FROM crm.users WHERE lower(login) = lower($1::text)
    UNION ALL
    SELECT 'mail address', address, user_id FROM crm.user_address WHERE address = ANY($2::text[])
    UNION ALL
    SELECT 'SASL login', login, user_id FROM crm.user_sasl_login WHERE login = ANY($3::text[])
    UNION ALL
    SELECT 'client address', host(address), user_id FROM crm.user_client_address WHERE address = ANY($4::inet[])
) AS held
JOIN crm.users u ON u.id = held.user_id
LIMIT 1
