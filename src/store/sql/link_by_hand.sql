-- Purpose: links a mail to contacts, a record or a ticket, by whoever the connection acts as.
-- Parameters: $1 mail, $2 contacts, $3 record, $4 ticket
-- Index: link_contact, link_record, link_ticket
-- Lock: key share on the targets
INSERT INTO crm.link (mail_id, contact_id, record_id, ticket_id, how, linked_by)
SELECT $1, t.contact, t.record, t.ticket, 'hand', (SELECT u.id FROM crm.users u WHERE u.pg_role = current_user)
FROM (SELECT c.id, NULL::uuid, NULL::uuid FROM unnest($2::uuid[]) AS c(id)
      UNION ALL SELECT NULL, $3::uuid, NULL WHERE $3 IS NOT NULL
      UNION ALL SELECT NULL, NULL, $4::uuid WHERE $4 IS NOT NULL) AS t(contact, record, ticket)
ON CONFLICT DO NOTHING
