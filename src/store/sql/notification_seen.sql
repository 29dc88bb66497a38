-- Purpose: news that their user has seen; what was seen before keeps its time.
-- Parameters: $1 ids, $2 user whose news are all seen
-- Index: notification_pkey, notification_user
-- Lock: rows
UPDATE crm.notification
SET seen_at = now()
WHERE (id = ANY($1::uuid[]) OR user_id = $2::uuid) AND seen_at IS NULL
