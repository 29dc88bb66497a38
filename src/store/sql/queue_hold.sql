-- Purpose: whom the queues of these inboxes have served, the last one at the end, held until the commit: each turn is given once, whichever node gives it.
-- Parameters: $1 keys of inboxes
-- Index: queue_pkey
-- Lock: rows until commit, in the order of the keys
INSERT INTO crm.queue AS q (inbox)
SELECT k.key FROM unnest($1::text[]) AS k(key) ORDER BY 1
ON CONFLICT (inbox) DO UPDATE SET inbox = excluded.inbox
RETURNING q.inbox, q.served
