-- Purpose: a portion of the digests of tickets' codes.
-- Parameters: $1 the last ticket of the portion before, $2 how many
-- Index: ticket_pkey
-- Lock: none
SELECT id, crm.digest(code) FROM crm.ticket WHERE id > $1 ORDER BY id LIMIT $2
