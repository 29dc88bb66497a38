-- Purpose: leases posts to webhooks that are due to a node.
-- Parameters: $1 node, $2 lease in seconds, $3 most rows
-- Index: outbox_webhook_due, outbox_pkey
-- Lock: the rows; what another node holds is left to it
UPDATE crm.outbox o
SET leased_by = $1::text, leased_until = clock_timestamp() + make_interval(secs => $2::float8),
    next_at = clock_timestamp() + make_interval(secs => $2::float8)
FROM (SELECT id FROM crm.outbox
      WHERE state = 'queued' AND channel = 'webhook' AND next_at <= clock_timestamp()
      ORDER BY next_at
      LIMIT $3::integer
      FOR UPDATE SKIP LOCKED) due
WHERE o.id = due.id
RETURNING o.id, o.number, o.rcpt_to, o.message, o.attempts, o.created_at
