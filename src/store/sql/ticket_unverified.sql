-- Purpose: mails on a ticket that came to its signed address from somebody who is no party to it.
-- Parameters: $1 ticket
-- Index: link_ticket
-- Lock: none
SELECT mail_id FROM crm.link WHERE ticket_id = $1 AND unverified ORDER BY mail_id
