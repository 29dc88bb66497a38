-- Purpose: an attempt failed, and there will be another.
-- Parameters: $1 id, $2 node, $3 in so many seconds, $4 why, $5 the server's reply
-- Index: outbox_pkey
-- Lock: the row
UPDATE crm.outbox
SET attempts = attempts + 1, next_at = now() + make_interval(secs => $3::float8), error = $4::text, reply = $5::text,
    leased_by = NULL, leased_until = NULL
WHERE id = $1::uuid AND leased_by = $2::text AND state = 'queued'
