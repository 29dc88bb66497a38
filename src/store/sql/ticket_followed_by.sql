-- Purpose: codes of the tickets that answers to a closed one opened.
-- Parameters: $1 ticket
-- Index: ticket_follows
-- Lock: none
SELECT code FROM crm.ticket WHERE follows_id = $1 ORDER BY id
