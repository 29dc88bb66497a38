-- Purpose: a node gives rows back that it has not begun; they are due at once.
-- Parameters: $1 ids, $2 node
-- Index: outbox_pkey
-- Lock: the rows
UPDATE crm.outbox SET leased_by = NULL, leased_until = NULL, next_at = now()
WHERE id = ANY ($1::uuid[]) AND leased_by = $2::text AND state = 'queued'
