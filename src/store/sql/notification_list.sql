-- Purpose: news for users, the newest first.
-- Parameters: $1 before this id, $2 user, $3 also what was seen, $4 how many
-- Index: notification_user backwards, notification_pkey backwards
-- Lock: none
SELECT n.id, u.login, n.kind, coalesce(r.code, t.code, c.name), n.mail_id, n.text, n.created_at, n.seen_at
FROM crm.notification n
JOIN crm.users u ON u.id = n.user_id
LEFT JOIN crm.record r ON r.id = n.record_id
LEFT JOIN crm.ticket t ON t.id = n.ticket_id
LEFT JOIN crm.contact c ON c.id = n.contact_id
WHERE ($1::uuid IS NULL OR n.id < $1)
  AND ($2::uuid IS NULL OR n.user_id = $2)
  AND ($3::boolean OR n.seen_at IS NULL)
ORDER BY n.id DESC
LIMIT $4
