-- Purpose: one mail with its text.
-- Parameters: $1 id
-- Index: mail_pkey
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
          ORDER BY l.contact_id IS NULL, 1),
    m.message_id, m.text, m.new_text, m.note, m.language, f.login, m.findings
FROM crm.mail m
LEFT JOIN crm.users f ON f.id = m.filed_by
WHERE m.id = $1::uuid
