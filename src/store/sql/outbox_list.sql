-- Purpose: what goes out, the newest first.
-- Parameters: $1 before this id, $2 state, $3 kind, $4 canonical address of the recipient, $5 id, $6 number, $7 how many, $8 those that the caller could see, if they are few
-- Index: outbox_pkey backwards, outbox_state_list, outbox_recipient, outbox_number
-- Lock: none
SELECT o.id, o.number, o.kind, o.state, o.inbox, o.rcpt_to, o.subject, o.attempts, o.created_at,
    CASE WHEN o.state = 'queued' THEN o.next_at END AS next_at,
    o.state = 'queued' AND o.leased_until > now() AS leased, o.error, o.reply, o.settled_at, u.login AS author,
    c.name AS contact, coalesce(t.code, r.code) AS code, o.message_id, o.mail_id, o.message ->> 'text' AS text
FROM crm.outbox o
LEFT JOIN crm.users u ON u.id = o.author_id
LEFT JOIN crm.contact c ON c.id = o.contact_id
LEFT JOIN crm.record r ON r.id = o.record_id
LEFT JOIN crm.ticket t ON t.id = o.ticket_id
WHERE ($1::uuid IS NULL OR o.id < $1)
  AND ($2::text IS NULL OR o.state = $2)
  AND ($3::text IS NULL OR o.kind = $3)
  AND ($4::text IS NULL OR o.rcpt_to = $4)
  AND ($5::uuid IS NULL OR o.id = $5)
  AND ($6::bigint IS NULL OR o.number = $6)
  AND ($8::uuid[] IS NULL OR o.id = ANY ($8))
ORDER BY o.id DESC
LIMIT $7
