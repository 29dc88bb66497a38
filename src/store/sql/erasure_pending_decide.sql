-- Purpose: decides on bodies that wait after an erasure; returns how many waited. For administrators.
-- Parameters: $1 mails, $2 delete or keep
-- Index: erasure_pending_pkey
-- Lock: the mails
SELECT crm.decide_erasure($1::uuid[], $2::text)
