-- Purpose: how much there is for one user, or for everybody, as far as whoever asks may see it.
-- Parameters: $1 user, $2 the caller, if of the lines of intake only the own ones are seen
-- Index: notification_new, task_assigned_open, task_list_open, activity_owner_open, activity_list_open, ticket_unsolved, intake_unresolved, record_open
-- Lock: none
SELECT (SELECT count(*) FROM crm.notification n WHERE n.seen_at IS NULL AND ($1::uuid IS NULL OR n.user_id = $1)),
    t.open, a.open, t.overdue + a.overdue,
    (SELECT count(*) FROM crm.ticket k WHERE k.status NOT IN ('solved', 'closed') AND ($1::uuid IS NULL OR k.owner_id = $1)),
    (SELECT count(*) FROM crm.record r WHERE r.state = 'open' AND ($1::uuid IS NULL OR r.owner_id = $1)),
    (SELECT count(*) FROM crm.intake i WHERE i.outcome = 'unresolved' AND i.resolved_at IS NULL AND ($2::uuid IS NULL OR i.user_id = $2))
FROM (SELECT count(*) AS open, count(*) FILTER (WHERE t.due_at < now()) AS overdue
      FROM crm.task t WHERE t.completed_at IS NULL AND ($1::uuid IS NULL OR t.assigned_to = $1)) AS t,
    (SELECT count(*) AS open, count(*) FILTER (WHERE a.due_at < now()) AS overdue
     FROM crm.activity a WHERE a.completed_at IS NULL AND ($1::uuid IS NULL OR a.owner_id = $1)) AS a
