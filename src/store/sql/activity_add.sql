-- Purpose: an activity. Without a user named it is for the owner of the card that it stands on, else for whoever adds it. From a mail it stands on the first record, ticket and contact that the mail stands on, unless others are named.
-- Parameters: $1 id, $2 kind, $3 title, $4 for whom, $5 contact, $6 record, $7 ticket, $8 mail, $9 due
-- Index: activity_pkey, link_mail
-- Lock: key share on what it stands on
INSERT INTO crm.activity (id, kind, title, owner_id, contact_id, record_id, ticket_id, mail_id, due_at, created_by)
SELECT $1, $2, $3, coalesce($4::uuid, t.owner_id, r.owner_id, c.owner_id, me.id), s.contact, s.record, s.ticket, $8, $9, me.id
FROM (SELECT CASE WHEN num_nonnulls($5::uuid, $6::uuid, $7::uuid) > 0 THEN $5 ELSE
                 (SELECT l.contact_id FROM crm.link l WHERE l.mail_id = $8::uuid AND l.contact_id IS NOT NULL
                  ORDER BY l.linked_at, l.contact_id LIMIT 1) END AS contact,
             CASE WHEN num_nonnulls($5, $6, $7) > 0 THEN $6 ELSE
                 (SELECT l.record_id FROM crm.link l WHERE l.mail_id = $8 AND l.record_id IS NOT NULL
                  ORDER BY l.linked_at, l.record_id DESC LIMIT 1) END AS record,
             CASE WHEN num_nonnulls($5, $6, $7) > 0 THEN $7 ELSE
                 (SELECT l.ticket_id FROM crm.link l WHERE l.mail_id = $8 AND l.ticket_id IS NOT NULL
                  ORDER BY l.linked_at, l.ticket_id LIMIT 1) END AS ticket) AS s
LEFT JOIN crm.contact c ON c.id = s.contact
LEFT JOIN crm.record r ON r.id = s.record
LEFT JOIN crm.ticket t ON t.id = s.ticket
LEFT JOIN crm.users me ON me.pg_role = current_user
