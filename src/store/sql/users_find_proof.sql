-- Purpose: who holds one of the proofs that a user is to have.
-- Parameters: $1 login or null, $2 mail addresses, $3 SASL logins, $4 client addresses, $5 issuers and $6 subjects of certificates, $7 the user to have them
-- Index: users_login, keys of the four tables
-- Lock: none
SELECT what, value, u.login, u.deactivated_at IS NOT NULL
FROM (
    SELECT 'login' AS what, login AS value, id AS user_id FROM crm.users WHERE lower(login) = lower($1::text)
    UNION ALL
    SELECT 'mail address', address, user_id FROM crm.user_address WHERE address = ANY($2::text[])
    UNION ALL
    SELECT 'SASL login', login, user_id FROM crm.user_sasl_login WHERE login = ANY($3::text[])
    UNION ALL
    SELECT 'client address', host(address), user_id FROM crm.user_client_address WHERE address = ANY($4::inet[])
    UNION ALL
    SELECT 'certificate', c.subject || ' of ' || c.issuer, c.user_id
    FROM unnest($5::text[], $6::text[]) AS w (issuer, subject)
    JOIN crm.user_certificate c ON crm.digest(c.issuer) = crm.digest(w.issuer) AND crm.digest(c.subject) = crm.digest(w.subject)
) AS held
JOIN crm.users u ON u.id = held.user_id
WHERE u.id <> $7::uuid
LIMIT 1
