-- Purpose: mails as lines of a list, in the order of the ids. Of those who got a blind copy there is nothing.
-- Parameters: $1 ids, $2 whether with the whole text, $3 the lowest of the ids and $4 the highest, so that no other months are opened
-- Index: mail_pkey, party_pkey, attachment_pkey of the partition; link_mail, intake_route, mail_handling_pkey
-- Lock: none
SELECT m.id, m.source, m.direction, m.sent_at, m.received_at, m.recorded_at, m.mail_from, m.subject, m.unparsed, m.size,
    p.name,
    ARRAY(SELECT coalesce(r.code, t.code, c.name)
          FROM crm.link l
          LEFT JOIN crm.record r ON r.id = l.record_id
          LEFT JOIN crm.ticket t ON t.id = l.ticket_id
          LEFT JOIN crm.contact c ON c.id = l.contact_id
          WHERE l.mail_id = m.id
          ORDER BY l.contact_id IS NULL, 1),
    p.address, coalesce(p.recipients, '{}'),
    ARRAY(SELECT DISTINCT i.inbox FROM crm.intake i WHERE i.mail_id = m.id AND i.outcome <> 'duplicate' ORDER BY 1),
    (SELECT count(*) FROM crm.attachment a WHERE a.mail_id = m.id AND a.mail_id BETWEEN $3::uuid AND $4::uuid),
    m.message_id, m.language, f.login, o.login, h.locked_at,
    CASE WHEN h.locked_at IS NOT NULL THEN coalesce(k.login, 'an operator') END,
    CASE WHEN $2::boolean THEN m.text END
FROM unnest($1::uuid[]) WITH ORDINALITY AS w (id, n)
JOIN crm.mail m ON m.id = w.id AND m.id BETWEEN $3 AND $4
CROSS JOIN LATERAL (
    SELECT (array_agg(coalesce(p.name, p.address) ORDER BY p.position) FILTER (WHERE p.role = 'from'))[1] AS name,
        (array_agg(coalesce(p.canonical, p.address) ORDER BY p.position) FILTER (WHERE p.role = 'from'))[1] AS address,
        array_agg(coalesce(p.address, p.name, '') ORDER BY p.position) FILTER (WHERE p.role IN ('to', 'cc')) AS recipients
    FROM crm.party p WHERE p.mail_id = m.id AND p.mail_id BETWEEN $3 AND $4) AS p
LEFT JOIN crm.users f ON f.id = m.filed_by
LEFT JOIN crm.mail_handling h ON h.mail_id = m.id
LEFT JOIN crm.users o ON o.id = h.owner_id
LEFT JOIN crm.users k ON k.id = h.locked_by
ORDER BY w.n
