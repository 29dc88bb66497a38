-- Purpose: a task; without a user named it is for whoever adds it.
-- Parameters: $1 id, $2 title, $3 user, $4 contact, $5 record, $6 ticket, $7 due
-- Index: task_pkey
-- Lock: key share on what it stands on
INSERT INTO crm.task (id, title, assigned_to, contact_id, record_id, ticket_id, due_at, created_by)
SELECT $1, $2, coalesce($3::uuid, me.id), $4, $5, $6, $7, me.id
FROM (SELECT) AS one
LEFT JOIN crm.users me ON me.pg_role = current_user
