-- Purpose: forgets domains to which nothing has gone for a day.
-- Parameters: none
-- Index: none
-- Lock: the rows
DELETE FROM crm.outbox_domain WHERE free_at < now() - interval '1 day'
