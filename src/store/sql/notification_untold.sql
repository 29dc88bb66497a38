-- Purpose: news of which nobody was told by mail or webhook yet, the oldest first, held until the commit.
-- Parameters: $1 at most so many, $2 whether the mail's new text is wanted
-- Index: notification_untold, keys of what is joined
-- Lock: the news; what another node holds is left to it
SELECT n.id, n.kind, n.text, n.created_at, n.mail_id, coalesce(r.code, t.code, c.name), u.login, u.name, u.language,
    CASE WHEN u.deactivated_at IS NULL THEN u.notices ELSE 'none' END,
    (SELECT a.address FROM crm.user_address a WHERE a.user_id = u.id ORDER BY a.position, a.address LIMIT 1),
    CASE WHEN $2 THEN (SELECT left(m.new_text, 20000) FROM crm.mail m WHERE m.id = n.mail_id) END,
    u.deactivated_at IS NULL,
    (SELECT left(m.subject, 300) FROM crm.mail m WHERE m.id = n.mail_id)
FROM crm.notification n
JOIN crm.users u ON u.id = n.user_id
LEFT JOIN crm.contact c ON c.id = n.contact_id
LEFT JOIN crm.record r ON r.id = n.record_id
LEFT JOIN crm.ticket t ON t.id = n.ticket_id
WHERE n.told_at IS NULL
ORDER BY n.id
LIMIT $1
FOR UPDATE OF n SKIP LOCKED
