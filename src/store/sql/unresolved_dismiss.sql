-- Purpose: nothing is to come of the mails that wait for one cause.
-- Parameters: $1 cause, $2 what was decided, $3 the newest line that was there when it was asked, $4 inbox
-- Index: intake_cause, users_pg_role_key
-- Lock: rows until commit, in the order of their ids
WITH waiting AS (
    SELECT id FROM crm.intake
    WHERE outcome = 'unresolved' AND resolved_at IS NULL AND cause = $1 AND id <= $3
      AND ($4::text IS NULL OR inbox = $4)
    ORDER BY id
    FOR NO KEY UPDATE
)
UPDATE crm.intake i
SET resolved_at = now(), resolution = $2,
    resolved_by = (SELECT u.id FROM crm.users u WHERE u.pg_role = current_user)
FROM waiting
WHERE i.id = waiting.id
