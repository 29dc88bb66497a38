-- Purpose: a ticket by code or id.
-- Parameters: $1 code as typed, $2 id
-- Index: ticket_code_key, ticket_pkey
-- Lock: none
SELECT t.id, t.code, t.subject, t.status, t.priority, t.inbox, t.contact_id, c.name, u.login, t.created_at,
    t.updated_at, t.solved_at, t.closed_at, r.code, (SELECT f.code FROM crm.ticket f WHERE f.id = t.follows_id)
FROM crm.ticket t
LEFT JOIN crm.contact c ON c.id = t.contact_id
LEFT JOIN crm.users u ON u.id = t.owner_id
LEFT JOIN crm.record r ON r.id = t.record_id
WHERE t.code = upper($1::text) OR t.id = $2::uuid
