-- Purpose: changes fields of a ticket; a trigger keeps when it was solved and closed.
-- Parameters: $1 id, $2 changes by field as JSON, null empties; owner, record and contact as ids
-- Index: ticket_pkey
-- Lock: row
UPDATE crm.ticket t
SET subject = CASE WHEN $2::jsonb ? 'subject' THEN $2::jsonb->>'subject' ELSE t.subject END,
    status = CASE WHEN $2::jsonb ? 'status' THEN $2::jsonb->>'status' ELSE t.status END,
    priority = CASE WHEN $2::jsonb ? 'priority' THEN $2::jsonb->>'priority' ELSE t.priority END,
    owner_id = CASE WHEN $2::jsonb ? 'owner' THEN ($2::jsonb->>'owner')::uuid ELSE t.owner_id END,
    record_id = CASE WHEN $2::jsonb ? 'record' THEN ($2::jsonb->>'record')::uuid ELSE t.record_id END,
    contact_id = CASE WHEN $2::jsonb ? 'contact' THEN ($2::jsonb->>'contact')::uuid ELSE t.contact_id END
WHERE t.id = $1
