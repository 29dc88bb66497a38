-- Purpose: closes the lines of a mail that waited for a person.
-- Parameters: $1 mail, $2 what was decided
-- Index: intake_unresolved_mail
-- Lock: rows
UPDATE crm.intake
SET resolved_at = now(), resolution = $2, resolved_by = (SELECT u.id FROM crm.users u WHERE u.pg_role = current_user)
WHERE mail_id = $1::uuid AND outcome = 'unresolved' AND resolved_at IS NULL
