-- Purpose: has mails not sent that wait, unless one is being sent.
-- Parameters: $1 ids
-- Index: outbox_pkey
-- Lock: the rows
UPDATE crm.outbox SET state = 'cancelled'
WHERE id = ANY ($1::uuid[]) AND state IN ('queued', 'dead') AND (leased_until IS NULL OR leased_until <= now())
