-- Purpose: a node keeps a row that it still holds and that nobody has cancelled.
-- Parameters: $1 id, $2 node, $3 lease in seconds
-- Index: outbox_pkey
-- Lock: the row
UPDATE crm.outbox
SET leased_until = now() + make_interval(secs => $3::float8), next_at = now() + make_interval(secs => $3::float8)
WHERE id = $1::uuid AND leased_by = $2::text AND state = 'queued'
