-- Purpose: tickets by code or id; of an erased contact nothing.
-- Parameters: $1 codes in upper case, $2 ids
-- Index: ticket_code_key, ticket_pkey
-- Lock: none
SELECT t.id, t.code, t.owner_id,
    (SELECT c.id FROM crm.contact c WHERE c.id = t.contact_id AND c.erased_at IS NULL), t.status = 'solved', t.status = 'closed'
FROM crm.ticket t
WHERE t.code = ANY($1::text[]) OR t.id = ANY($2::uuid[])
