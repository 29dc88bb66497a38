-- Purpose: forgets what was told a week ago; it is known by its day.
-- Parameters: none
-- Index: none: a week's news of this sort is little
-- Lock: rows
DELETE FROM crm.told_once WHERE told_at < now() - interval '7 days'
