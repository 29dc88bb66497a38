-- Purpose: comments of a ticket, the oldest first.
-- Parameters: $1 ticket
-- Index: ticket_comment_ticket, outbox_comment
-- Lock: none
SELECT k.id, k.is_public, u.login, k.text, k.created_at, (SELECT o.state FROM crm.outbox o WHERE o.comment_id = k.id ORDER BY o.number DESC LIMIT 1)
FROM crm.ticket_comment k
LEFT JOIN crm.users u ON u.id = k.author_id
WHERE k.ticket_id = $1::uuid AND k.deleted_at IS NULL
ORDER BY k.id
