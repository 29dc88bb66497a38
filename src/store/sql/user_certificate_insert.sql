-- Purpose: client certificates of a user.
-- Parameters: $1 user, $2 issuers, $3 subjects
-- Index: user_certificate_key
-- Lock: key share on the user
INSERT INTO crm.user_certificate (issuer, subject, user_id)
SELECT issuer, subject, $1::uuid
FROM unnest($2::text[], $3::text[]) AS c(issuer, subject)
