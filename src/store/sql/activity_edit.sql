-- Purpose: changes an activity.
-- Parameters: $1 activity, $2 changes by column as JSON (kind, title, due_at, owner_id), null empties
-- Index: activity_pkey
-- Lock: row
UPDATE crm.activity
SET kind = CASE WHEN $2::jsonb ? 'kind' THEN $2::jsonb->>'kind' ELSE kind END,
    title = CASE WHEN $2::jsonb ? 'title' THEN $2::jsonb->>'title' ELSE title END,
    due_at = CASE WHEN $2::jsonb ? 'due_at' THEN ($2::jsonb->>'due_at')::timestamptz ELSE due_at END,
    owner_id = CASE WHEN $2::jsonb ? 'owner_id' THEN ($2::jsonb->>'owner_id')::uuid ELSE owner_id END
WHERE id = $1
