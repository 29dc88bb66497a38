-- Purpose: tickets by code or id.
-- Parameters: $1 codes in upper case, $2 ids
-- Index: ticket_code_key, ticket_pkey
-- Lock: none
SELECT id, code, owner_id, contact_id, status = 'solved', status = 'closed'
FROM crm.ticket
WHERE code = ANY($1::text[]) OR id = ANY($2::uuid[])
