-- Purpose: sets counters that are held. A window that begins anew begins now.
-- Parameters: $1 keys, $2 how many, $3 whether the window begins now, $4 its seconds
-- Index: reply_count_pkey
-- Lock: none beyond those held
UPDATE crm.reply_count c
SET replies = n.replies,
    since = CASE WHEN n.anew THEN now() ELSE c.since END,
    until = CASE WHEN n.anew THEN now() ELSE c.since END + make_interval(secs => n.seconds)
FROM unnest($1::bytea[], $2::integer[], $3::boolean[], $4::bigint[]) AS n(key, replies, anew, seconds)
WHERE c.key = n.key
