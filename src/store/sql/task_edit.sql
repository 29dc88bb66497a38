-- Purpose: changes a task.
-- Parameters: $1 task, $2 changes by column as JSON (title, due_at, assigned_to), null empties
-- Index: task_pkey
-- Lock: row
UPDATE crm.task
SET title = CASE WHEN $2::jsonb ? 'title' THEN $2::jsonb->>'title' ELSE title END,
    due_at = CASE WHEN $2::jsonb ? 'due_at' THEN ($2::jsonb->>'due_at')::timestamptz ELSE due_at END,
    assigned_to = CASE WHEN $2::jsonb ? 'assigned_to' THEN ($2::jsonb->>'assigned_to')::uuid ELSE assigned_to END
WHERE id = $1
