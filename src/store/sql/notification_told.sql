-- Purpose: this news was told, or waits for the digest from now on.
-- Parameters: $1 ids, $2 those of them that wait for the digest
-- Index: notification_pkey
-- Lock: the news, which the transaction holds
UPDATE crm.notification SET told_at = now(), for_digest = id = ANY ($2::uuid[]) WHERE id = ANY ($1::uuid[])
