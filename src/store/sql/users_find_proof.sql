-- Purpose: who holds one of the proofs that a new user is to have.
-- Parameters: $1 login, $2 mail addresses, $3 SASL logins, $4 client addresses, $5 issuers, $6 subjects of certificates
-- Index: users_login, keys of the five tables
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
    UNION ALL
    SELECT 'certificate', held.subject || ' of ' || held.issuer, held.user_id
    FROM unnest($5::text[], $6::text[]) AS wanted(issuer, subject)
    JOIN crm.user_certificate held ON crm.digest(held.issuer) = crm.digest(wanted.issuer)
        AND crm.digest(held.subject) = crm.digest(wanted.subject)
) AS held
JOIN crm.users u ON u.id = held.user_id
LIMIT 1
