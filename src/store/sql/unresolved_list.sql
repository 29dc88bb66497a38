-- Purpose: mails that wait for a person, the newest first, with what they could be as far as whoever asks may see it.
-- Parameters: $1 before this id, $2 cause, $3 inbox, $4 how many
-- Index: intake_unresolved backwards, intake_cause
-- Lock: none
SELECT i.id, i.received_at, i.inbox, i.mail_from, i.subject, i.cause, i.reason, i.mail_id, f.login,
    ARRAY(SELECT coalesce(r.code, t.code, c.name || ' (' || c.id || ')')
          FROM jsonb_array_elements(i.candidates) WITH ORDINALITY AS e(one, n)
          LEFT JOIN crm.contact c ON c.id = (e.one->>'contact')::uuid
          LEFT JOIN crm.record r ON r.id = (e.one->>'record')::uuid
          LEFT JOIN crm.ticket t ON t.id = (e.one->>'ticket')::uuid
          WHERE coalesce(r.code, t.code, c.name) IS NOT NULL
          ORDER BY e.n)
FROM crm.intake i
LEFT JOIN crm.users f ON f.id = i.user_id
WHERE i.outcome = 'unresolved' AND i.resolved_at IS NULL
  AND ($1::uuid IS NULL OR i.id < $1)
  AND ($2::text IS NULL OR i.cause = $2)
  AND ($3::text IS NULL OR i.inbox = $3)
ORDER BY i.id DESC
LIMIT $4
