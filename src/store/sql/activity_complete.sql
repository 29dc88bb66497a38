-- Purpose: says that an activity is done, or opens it again; one that was done before stays done since then.
-- Parameters: $1 activity, $2 whether done
-- Index: activity_pkey
-- Lock: row
UPDATE crm.activity
SET completed_at = CASE WHEN $2::boolean THEN coalesce(completed_at, now()) END,
    completed_by = CASE WHEN NOT $2 THEN NULL WHEN completed_at IS NOT NULL THEN completed_by
        ELSE (SELECT u.id FROM crm.users u WHERE u.pg_role = current_user) END
WHERE id = $1
