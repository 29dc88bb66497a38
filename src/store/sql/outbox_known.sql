-- Purpose: letters that something came back of, with whom to tell, and what stands of their addresses.
-- Parameters: $1 numbers, $2 digests of Message-IDs
-- Index: outbox_number, outbox_message_id, contact_pkey, record_pkey, ticket_pkey, users_pkey, address_state_pkey, outbox_rcpt
-- Lock: none
SELECT o.number, o.id, crm.digest(o.message_id), o.rcpt_to, o.subject, coalesce(m.id, c.id), o.record_id, o.ticket_id,
    CASE WHEN owners.ids <> '{}' THEN owners.ids ELSE others.ids END,
    o.created_at, o.report, o.hearsay_at IS NOT NULL,
    CASE WHEN s.off_at IS NOT NULL THEN coalesce(s.reason, 'hand') END, s.reactivated_at, coalesce(f.ids, '{}'), coalesce(f.times, '{}')
FROM crm.outbox o
LEFT JOIN crm.contact c ON c.id = o.contact_id
LEFT JOIN crm.contact m ON m.id = c.merged_into
LEFT JOIN crm.record r ON r.id = o.record_id
LEFT JOIN crm.ticket t ON t.id = o.ticket_id
LEFT JOIN crm.address_state s ON s.digest = crm.digest(o.rcpt_to)
CROSS JOIN LATERAL (
    SELECT ARRAY(SELECT u.id FROM crm.users u
                 WHERE u.id IN (t.owner_id, r.owner_id, coalesce(m.owner_id, c.owner_id)) AND u.deactivated_at IS NULL
                 ORDER BY u.id) AS ids) AS owners
CROSS JOIN LATERAL (
    SELECT ARRAY(SELECT u.id FROM crm.users u WHERE u.id = o.author_id AND u.deactivated_at IS NULL) AS ids) AS others
CROSS JOIN LATERAL (
    SELECT array_agg(l.id) AS ids, array_agg(l.reported_at) AS times
    FROM (SELECT p.id, p.reported_at FROM crm.outbox p
          WHERE crm.digest(p.rcpt_to) = crm.digest(o.rcpt_to) AND p.report = 'full'
            AND p.reported_at > coalesce(s.soft_reset_at, '-infinity')
          ORDER BY p.reported_at DESC LIMIT 10) AS l) AS f
WHERE o.number = ANY($1::bigint[]) OR crm.digest(o.message_id) = ANY($2::bytea[])
