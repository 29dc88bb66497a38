-- Purpose: says that a task is done, or opens it again; a task done before stays done since then.
-- Parameters: $1 task, $2 whether done
-- Index: task_pkey
-- Lock: row
UPDATE crm.task
SET completed_at = CASE WHEN $2::boolean THEN coalesce(completed_at, now()) END,
    completed_by = CASE WHEN $2 THEN coalesce(completed_by,
        CASE WHEN completed_at IS NULL THEN (SELECT u.id FROM crm.users u WHERE u.pg_role = current_user) END) END
WHERE id = $1
