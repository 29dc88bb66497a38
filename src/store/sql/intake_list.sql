-- Purpose: received mails with what came of them, the newest first.
-- Parameters: $1 before this id, $2 inbox, $3 outcome, $4 only what is not resolved, $5 mail, $6 how many, $7 id, $8 the caller, if only the own lines are seen
-- Index: intake_pkey backwards, intake_inbox, intake_unresolved, intake_outcome, intake_route with intake_duplicate, intake_user
-- Lock: none
SELECT i.id, i.inbox, i.detail, i.outcome, i.reason, i.cause, i.candidates, i.assignment, o.login, f.login,
    i.queue_id, i.door, i.received_at, i.recorded_at, i.mail_from, i.subject, i.mail_id, i.resolved_at,
    i.resolution, i.reply
FROM crm.intake i
LEFT JOIN crm.users o ON o.id = i.owner_id
LEFT JOIN crm.users f ON f.id = i.user_id
WHERE ($1::uuid IS NULL OR i.id < $1)
  AND ($2::text IS NULL OR i.inbox = $2)
  AND ($3::text IS NULL OR i.outcome = $3)
  AND (NOT $4::boolean OR (i.outcome = 'unresolved' AND i.resolved_at IS NULL))
  AND ($5::uuid IS NULL OR i.mail_id = $5 AND i.outcome <> 'duplicate' OR i.mail_id = $5 AND i.outcome = 'duplicate')
  AND ($7::uuid IS NULL OR i.id = $7)
  AND ($8::uuid IS NULL OR i.user_id = $8)
ORDER BY i.id DESC
LIMIT $6
