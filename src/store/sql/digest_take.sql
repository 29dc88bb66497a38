-- Purpose: the news of a user's digest, the oldest first; it waits no longer.
-- Parameters: $1 user
-- Index: notification_for_digest
-- Lock: the news
WITH taken AS (
    UPDATE crm.notification SET for_digest = false WHERE user_id = $1 AND for_digest
    RETURNING id, kind, text, created_at, mail_id, contact_id, record_id, ticket_id, seen_at
)
SELECT n.id, n.kind, n.text, n.created_at, n.mail_id, coalesce(r.code, t.code, c.name),
    (SELECT left(m.subject, 300) FROM crm.mail m WHERE m.id = n.mail_id)
FROM taken n
LEFT JOIN crm.contact c ON c.id = n.contact_id
LEFT JOIN crm.record r ON r.id = n.record_id
LEFT JOIN crm.ticket t ON t.id = n.ticket_id
WHERE n.seen_at IS NULL
ORDER BY n.id
