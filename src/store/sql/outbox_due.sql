-- Purpose: in how many seconds the next row is due, a lease that may lapse among them; null: none is queued.
-- Parameters: none
-- Index: outbox_due
-- Lock: none
SELECT extract(epoch FROM min(greatest(due.next_at, due.leased_until)) - clock_timestamp())::float8
FROM (SELECT o.next_at, o.leased_until FROM crm.outbox o
      WHERE o.state = 'queued' AND o.channel = 'mail' ORDER BY o.next_at LIMIT 200) due
