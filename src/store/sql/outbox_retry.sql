-- Purpose: has mails tried again, now: dead and cancelled ones from the beginning; not what is being sent.
-- Parameters: $1 ids, $2 all dead ones as well
-- Index: outbox_pkey
-- Lock: the rows
UPDATE crm.outbox SET state = 'queued', next_at = now()
WHERE (id = ANY ($1::uuid[]) OR ($2::boolean AND state = 'dead')) AND state <> 'sent'
  AND (leased_until IS NULL OR leased_until <= now())
