-- Purpose: one migration at a time, until the session ends.
-- Parameters: none
-- Index: none
-- Lock: advisory, of the session
SELECT pg_advisory_lock(hashtext('crm.migrate'))
