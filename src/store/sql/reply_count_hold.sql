-- Purpose: the counters of automatic replies, held until the commit: nobody else counts meanwhile.
-- Parameters: $1 keys, sorted and distinct
-- Index: reply_count_pkey
-- Lock: rows until commit, in the order of the keys
INSERT INTO crm.reply_count AS c (key, since, replies, until)
SELECT key, now(), 0, now() FROM unnest($1::bytea[]) AS key ORDER BY key
ON CONFLICT (key) DO UPDATE SET replies = c.replies
RETURNING key, replies, extract(epoch FROM now() - since)::bigint
