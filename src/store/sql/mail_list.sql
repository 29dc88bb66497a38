-- Purpose: stored mails for people, the newest first.
-- Parameters: $1 before this id, $2 direction, $3 source, $4 how many
-- Index: mail_pkey of each partition backwards
-- Lock: none
SELECT m.id, m.source, m.direction, m.sent_at, m.received_at, m.recorded_at, m.mail_from, m.subject, m.unparsed,
    m.size, (SELECT coalesce(p.name, p.address) FROM crm.party p
             WHERE p.mail_id = m.id AND p.role = 'from' ORDER BY p.position LIMIT 1),
    ARRAY(SELECT coalesce(r.code, t.code, c.name)
          FROM crm.link l
          LEFT JOIN crm.record r ON r.id = l.record_id
          LEFT JOIN crm.ticket t ON t.id = l.ticket_id
          LEFT JOIN crm.contact c ON c.id = l.contact_id
          WHERE l.mail_id = m.id
          ORDER BY l.contact_id IS NULL, 1)
FROM crm.mail m
WHERE ($1::uuid IS NULL OR m.id < $1)
  AND ($2::text IS NULL OR m.direction = $2)
  AND ($3::text IS NULL OR m.source = $3)
ORDER BY m.id DESC
LIMIT $4
