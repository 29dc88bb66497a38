-- Purpose: activities, what is due first first; those without a due time last.
-- Parameters: $1 user, $2 contact, $3 record, $4 ticket, $5 mail, $6 whether done ones instead of open ones, null for both, $7 activity, $8 after this activity, $9 how many, $10 those that the caller could see, if they are few
-- Index: activity_owner_*, activity_list_*, activity_ticket, activity_contact, activity_record, activity_mail, activity_pkey
-- Lock: none
SELECT a.id, a.kind, a.title, u.login, c.name, r.code, t.code, a.mail_id, a.due_at, a.created_at, a.completed_at, d.login,
    a.completed_at IS NULL AND a.due_at < now()
FROM crm.activity a
LEFT JOIN crm.users u ON u.id = a.owner_id
LEFT JOIN crm.users d ON d.id = a.completed_by
LEFT JOIN crm.contact c ON c.id = a.contact_id
LEFT JOIN crm.record r ON r.id = a.record_id
LEFT JOIN crm.ticket t ON t.id = a.ticket_id
WHERE ($1::uuid IS NULL OR a.owner_id = $1)
  AND ($2::uuid IS NULL OR a.contact_id = $2)
  AND ($3::uuid IS NULL OR a.record_id = $3)
  AND ($4::uuid IS NULL OR a.ticket_id = $4)
  AND ($5::uuid IS NULL OR a.mail_id = $5)
  AND ($6::boolean IS NULL OR CASE WHEN $6 THEN a.completed_at IS NOT NULL ELSE a.completed_at IS NULL END)
  AND ($7::uuid IS NULL OR a.id = $7)
  AND ($8::uuid IS NULL OR (coalesce(a.due_at, 'infinity'), a.id)
       > (SELECT coalesce(b.due_at, 'infinity'), b.id FROM crm.activity b WHERE b.id = $8))
  AND ($10::uuid[] IS NULL OR a.id = ANY ($10))
ORDER BY coalesce(a.due_at, 'infinity'), a.id
LIMIT $9
