-- Purpose: what somebody has taken a mail off: contact, record, ticket.
-- Parameters: $1 mail
-- Index: audit_link_removed
-- Lock: none
SELECT (change ->> 'contact_id')::uuid, (change ->> 'record_id')::uuid, (change ->> 'ticket_id')::uuid
FROM crm.audit
WHERE entity = 'link' AND action = 'delete' AND change ->> 'mail_id' = $1::uuid::text
