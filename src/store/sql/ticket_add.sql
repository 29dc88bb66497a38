-- Purpose: a ticket opened by hand. Its owner starts as that of its contact, else it is whoever opens it.
-- Parameters: $1 id, $2 code, $3 series, $4 subject, $5 priority, $6 contact, $7 record, $8 owner, $9 inbox
-- Index: ticket_pkey, ticket_code_key
-- Lock: key share on contact and record
INSERT INTO crm.ticket (id, code, series, subject, priority, contact_id, record_id, owner_id, office_id, inbox, created_by)
SELECT $1, $2, $3, $4, $5, $6, $7,
    coalesce($8::uuid, (SELECT c.owner_id FROM crm.contact c WHERE c.id = $6), me.id), me.office_id, $9, me.id
FROM (SELECT) AS one
LEFT JOIN crm.users me ON me.pg_role = current_user
