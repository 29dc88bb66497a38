-- Purpose: client certificates of a user.
-- Parameters: $1 user, $2 issuers, $3 subjects
-- Index: user_certificate_key, user_certificate_user
-- Lock: key share on the user
INSERT INTO crm.user_certificate (issuer, subject, user_id)
SELECT c.issuer, c.subject, $1::uuid
FROM unnest($2::text[], $3::text[]) AS c(issuer, subject)
WHERE NOT EXISTS (SELECT FROM crm.user_certificate o
                  WHERE o.user_id = $1 AND o.issuer = c.issuer AND o.subject = c.subject)
