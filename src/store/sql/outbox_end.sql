-- Purpose: a row will not be sent: dead after an attempt, or cancelled without one.
-- Parameters: $1 id, $2 node, $3 dead or cancelled, $4 why, $5 the server's reply
-- Index: outbox_pkey
-- Lock: the row
UPDATE crm.outbox
SET state = $3::text, attempts = attempts + ($3::text = 'dead')::integer, error = $4::text, reply = $5::text,
    settled_at = now(), leased_by = NULL, leased_until = NULL
WHERE id = $1::uuid AND leased_by = $2::text AND state = 'queued'
