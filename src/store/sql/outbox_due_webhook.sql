-- Purpose: in how many seconds the next post to a webhook is due; null: none is queued.
-- Parameters: none
-- Index: outbox_webhook_due
-- Lock: none
SELECT extract(epoch FROM min(next_at) - clock_timestamp())::float8
FROM crm.outbox
WHERE state = 'queued' AND channel = 'webhook'
