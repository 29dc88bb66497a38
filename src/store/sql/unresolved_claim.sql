-- Purpose: a person decided about a mail that waited; the first one counts.
-- Parameters: $1 id, $2 what was decided
-- Index: intake_pkey, users_pg_role_key
-- Lock: row until commit
UPDATE crm.intake
SET resolved_at = now(), resolution = $2,
    resolved_by = (SELECT u.id FROM crm.users u WHERE u.pg_role = current_user)
WHERE id = $1 AND outcome = 'unresolved' AND resolved_at IS NULL
RETURNING mail_id, owner_id
