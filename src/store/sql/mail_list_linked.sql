-- Purpose: mails that stand on a contact, record or ticket, the newest first.
-- Parameters: $1 before this id, $2 contact, $3 record, $4 ticket (one of the three), $5 how many
-- Index: link_contact, link_record, link_ticket; mail_pkey
-- Lock: none
WITH stands AS (
    SELECT mail_id FROM crm.link
    WHERE (contact_id = $2::uuid OR record_id = $3::uuid OR ticket_id = $4::uuid)
      AND ($1::uuid IS NULL OR mail_id < $1)
    ORDER BY mail_id DESC
    LIMIT $5
)
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
FROM stands
JOIN crm.mail m ON m.id = stands.mail_id
ORDER BY m.id DESC
