-- Purpose: takes certificates away from a user.
-- Parameters: $1 user, $2 issuers, $3 subjects
-- Index: user_certificate_user
-- Lock: the rows
DELETE FROM crm.user_certificate c
USING unnest($2::text[], $3::text[]) AS w (issuer, subject)
WHERE c.user_id = $1 AND c.issuer = w.issuer AND c.subject = w.subject
