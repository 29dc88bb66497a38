-- Purpose: somebody was told of reports on these letters that came without our signature.
-- Parameters: $1 ids
-- Index: outbox_pkey
-- Lock: the rows
UPDATE crm.outbox SET hearsay_at = now() WHERE id = ANY($1::uuid[]) AND hearsay_at IS NULL
