-- Purpose: leased rows with what stands against their recipients, and their authors.
-- Parameters: $1 ids, $2 node
-- Index: outbox_pkey, users_pkey, user_address_user, address_state_pkey, contact_pkey, record_pkey, ticket_pkey
-- Lock: none
SELECT o.id, o.number, o.kind, o.inbox, o.mail_from, o.rcpt_to, o.message_id, o.subject, o.message, o.in_reply_to,
    o.contact_id, o.record_id, o.ticket_id, o.comment_id, o.author_id, o.attempts, o.created_at, o.since,
    u.name AS author_name, own.address AS author_address, s.reason AS off,
    coalesce(c.erased_at IS NOT NULL, false) AS erased, array_remove(ARRAY[t.code, r.code], NULL) AS codes
FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, at)
JOIN crm.outbox o ON o.id = wanted.id
LEFT JOIN crm.users u ON u.id = o.author_id
LEFT JOIN LATERAL (SELECT a.address FROM crm.user_address a WHERE a.user_id = o.author_id
                   ORDER BY a.position, a.address LIMIT 1) own ON true
LEFT JOIN crm.address_state s ON s.digest = crm.digest(o.rcpt_to) AND s.off_at IS NOT NULL
LEFT JOIN crm.contact c ON c.id = o.contact_id
LEFT JOIN crm.record r ON r.id = o.record_id
LEFT JOIN crm.ticket t ON t.id = o.ticket_id
WHERE o.leased_by = $2::text
ORDER BY o.since, o.number
