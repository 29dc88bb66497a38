-- Purpose: a comment or a private note on a ticket, by whoever the connection acts as.
-- Parameters: $1 id, $2 ticket, $3 whether the contact is to read it, $4 text
-- Index: ticket_comment_pkey
-- Lock: key share on the ticket
INSERT INTO crm.ticket_comment (id, ticket_id, is_public, author_id, text)
VALUES ($1, $2, $3, (SELECT id FROM crm.users WHERE pg_role = current_user), $4)
