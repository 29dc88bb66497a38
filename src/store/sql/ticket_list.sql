-- Purpose: tickets for people, the newest first.
-- Parameters: $1 before this id, $2 status, or unsolved for all that are not solved or closed, $3 owner, $4 inbox, $5 contact, $6 how many, $7 priority, $8 record
-- Index: ticket_pkey backwards, ticket_owner_id, ticket_unsolved, ticket_*_list of the filters, ticket_contact
-- Lock: none
SELECT t.id, t.code, t.subject, t.status, t.priority, t.inbox, t.contact_id, c.name, u.login, t.created_at,
    t.updated_at, t.solved_at, t.closed_at, r.code, (SELECT f.code FROM crm.ticket f WHERE f.id = t.follows_id)
FROM crm.ticket t
LEFT JOIN crm.contact c ON c.id = t.contact_id
LEFT JOIN crm.users u ON u.id = t.owner_id
LEFT JOIN crm.record r ON r.id = t.record_id
WHERE ($1::uuid IS NULL OR t.id < $1)
  AND ($2::text IS NULL OR t.status = $2 OR ($2 = 'unsolved' AND t.status NOT IN ('solved', 'closed')))
  AND ($3::uuid IS NULL OR t.owner_id = $3)
  AND ($4::text IS NULL OR t.inbox = $4)
  AND ($5::uuid IS NULL OR t.contact_id = $5)
  AND ($7::text IS NULL OR t.priority = $7)
  AND ($8::uuid IS NULL OR t.record_id = $8)
ORDER BY t.id DESC
LIMIT $6
