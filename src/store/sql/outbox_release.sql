-- Purpose: a node gives rows back that it has not begun; they are due at once, and say why if it could not.
-- Parameters: $1 ids, $2 node, $3 why
-- Index: outbox_pkey
-- Lock: the rows
UPDATE crm.outbox SET leased_by = NULL, leased_until = NULL, next_at = now(), error = coalesce($3::text, error)
WHERE id = ANY ($1::uuid[]) AND leased_by = $2::text AND state = 'queued'
