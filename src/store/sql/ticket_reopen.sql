-- Purpose: solved tickets that an answer opens again.
-- Parameters: $1 ids
-- Index: ticket_pkey
-- Lock: rows, in the order of the ids
WITH mine AS (
    SELECT id FROM crm.ticket
    WHERE id = ANY($1::uuid[]) AND status = 'solved'
    ORDER BY id
    FOR NO KEY UPDATE
)
UPDATE crm.ticket AS t
SET status = 'open', solved_at = NULL, updated_at = now()
FROM mine
WHERE t.id = mine.id
