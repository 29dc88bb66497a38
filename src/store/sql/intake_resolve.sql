-- Purpose: what a person decided about a line that waited for it; the first one counts.
-- Parameters: $1 id, $2 by whom, $3 what was decided
-- Index: intake_pkey, users_login
-- Lock: row
UPDATE crm.intake
SET resolved_at = now(), resolution = $3,
    resolved_by = (SELECT id FROM crm.users WHERE lower(login) = lower($2::text) AND deactivated_at IS NULL)
WHERE id = $1 AND resolved_at IS NULL
