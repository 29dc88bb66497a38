-- Purpose: a note on a contact, record, ticket or mail, by whoever the connection acts as.
-- Parameters: $1 id, $2 contact, $3 record, $4 ticket, $5 mail (one of the four), $6 text, $7 pinned
-- Index: note_pkey
-- Lock: key share on what it stands on
INSERT INTO crm.note (id, contact_id, record_id, ticket_id, mail_id, author_id, text, pinned)
VALUES ($1, $2, $3, $4, $5, (SELECT id FROM crm.users WHERE pg_role = current_user), $6, $7)
