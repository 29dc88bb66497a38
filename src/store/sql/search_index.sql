-- Purpose: makes waiting mails searchable; returns how many.
-- Parameters: $1 how many at most
-- Index: search_queue_pkey
-- Lock: the rows of the queue, without waiting
SELECT crm.index_mails($1)
