-- Purpose: tasks, what is due first first; those without a due time last.
-- Parameters: $1 user, $2 contact, $3 record, $4 ticket, $5 whether done ones instead of open ones, $6 task, $7 after this task, $8 how many, $9 those that the caller could see, if they are few
-- Index: task_assigned_*, task_list_*, task_ticket, task_contact, task_record, task_pkey
-- Lock: none
SELECT t.id, t.title, u.login, c.name, t.contact_id, r.code, k.code, t.due_at, t.created_at, t.completed_at, d.login,
    t.completed_at IS NULL AND t.due_at < now()
FROM crm.task t
LEFT JOIN crm.users u ON u.id = t.assigned_to
LEFT JOIN crm.users d ON d.id = t.completed_by
LEFT JOIN crm.contact c ON c.id = t.contact_id
LEFT JOIN crm.record r ON r.id = t.record_id
LEFT JOIN crm.ticket k ON k.id = t.ticket_id
WHERE ($1::uuid IS NULL OR t.assigned_to = $1)
  AND ($2::uuid IS NULL OR t.contact_id = $2)
  AND ($3::uuid IS NULL OR t.record_id = $3)
  AND ($4::uuid IS NULL OR t.ticket_id = $4)
  AND ($6::uuid IS NULL OR t.id = $6)
  AND ($6 IS NOT NULL OR CASE WHEN $5::boolean THEN t.completed_at IS NOT NULL ELSE t.completed_at IS NULL END)
  AND ($7::uuid IS NULL OR (coalesce(t.due_at, 'infinity'), t.id)
       > (SELECT coalesce(b.due_at, 'infinity'), b.id FROM crm.task b WHERE b.id = $7))
  AND ($9::uuid[] IS NULL OR t.id = ANY ($9))
ORDER BY coalesce(t.due_at, 'infinity'), t.id
LIMIT $8
