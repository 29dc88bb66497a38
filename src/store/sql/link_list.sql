-- Purpose: what a mail stands on, for people.
-- Parameters: $1 mail
-- Index: link_mail
-- Lock: none
SELECT CASE WHEN l.contact_id IS NOT NULL THEN 'contact' WHEN l.record_id IS NOT NULL THEN 'record' ELSE 'ticket' END,
    coalesce(l.contact_id, l.record_id, l.ticket_id), coalesce(r.code, t.code, c.name),
    coalesce(r.title, t.subject, c.name), l.how, u.login, l.linked_at, l.unverified
FROM crm.link l
LEFT JOIN crm.contact c ON c.id = l.contact_id
LEFT JOIN crm.record r ON r.id = l.record_id
LEFT JOIN crm.ticket t ON t.id = l.ticket_id
LEFT JOIN crm.users u ON u.id = l.linked_by
WHERE l.mail_id = $1::uuid
ORDER BY 1, 3
