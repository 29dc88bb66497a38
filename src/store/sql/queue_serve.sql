-- Purpose: turns that were given: who was served goes to the end of the queue.
-- Parameters: $1 keys of inboxes, $2 users, in the order in which they were served
-- Index: queue_pkey
-- Lock: rows until commit; queue_hold has them already
UPDATE crm.queue AS q
SET served = ARRAY(SELECT s.id FROM unnest(q.served) WITH ORDINALITY AS s(id, n)
                   WHERE s.id <> ALL (t.users) ORDER BY s.n) || t.users
FROM (SELECT l.inbox, array_agg(l.id ORDER BY l.n) AS users
      FROM (SELECT g.inbox, g.id, max(g.n) AS n
            FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS g(inbox, id, n)
            GROUP BY g.inbox, g.id) AS l
      GROUP BY l.inbox) AS t
WHERE q.inbox = t.inbox
