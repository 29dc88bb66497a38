-- Purpose: mails that wait for a person, the newest first, with what they could be as far as whoever asks may see it.
-- Parameters: $1 before this id, $2 cause, $3 inbox, $4 how many, $5 the caller, if only the own lines are seen
-- Index: intake_unresolved backwards, intake_cause, intake_user
-- Lock: none
SELECT i.id, i.received_at, i.inbox, i.mail_from, i.subject, i.cause, i.reason, i.mail_id, f.login,
    ARRAY(SELECT coalesce(r.code, t.code, c.name || ' (' || c.id || ')')
          -- Apart, so that policies see plain ids compared and let an index serve.
          FROM (SELECT n, (one->>'contact')::uuid AS contact, (one->>'record')::uuid AS record, (one->>'ticket')::uuid AS ticket
                FROM jsonb_array_elements(i.candidates) WITH ORDINALITY AS e(one, n) OFFSET 0) AS e
          -- Whoever was merged since stands there as the contact that stays.
          LEFT JOIN LATERAL (WITH RECURSIVE followed AS (
                  SELECT k.id, k.name, k.merged_into FROM crm.contact k WHERE k.id = e.contact
                  UNION ALL SELECT k.id, k.name, k.merged_into FROM followed JOIN crm.contact k ON k.id = followed.merged_into)
              SELECT followed.id, followed.name FROM followed WHERE followed.merged_into IS NULL) AS c ON true
          LEFT JOIN crm.record r ON r.id = e.record
          LEFT JOIN crm.ticket t ON t.id = e.ticket
          WHERE coalesce(r.code, t.code, c.name) IS NOT NULL
          GROUP BY 1 ORDER BY min(e.n))
FROM crm.intake i
LEFT JOIN crm.users f ON f.id = i.user_id
WHERE i.outcome = 'unresolved' AND i.resolved_at IS NULL
  AND ($1::uuid IS NULL OR i.id < $1)
  AND ($2::text IS NULL OR i.cause = $2)
  AND ($3::text IS NULL OR i.inbox = $3)
  AND ($5::uuid IS NULL OR i.user_id = $5)
ORDER BY i.id DESC
LIMIT $4
