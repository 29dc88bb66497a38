-- Purpose: forgets counters whose window is over.
-- Parameters: $1 how many at most
-- Index: reply_count_until
-- Lock: rows, but none that somebody holds
DELETE FROM crm.reply_count
WHERE key IN (
    SELECT key FROM crm.reply_count
    WHERE until < now()
    ORDER BY until
    LIMIT $1
    FOR UPDATE SKIP LOCKED
)
