-- Purpose: the lines that came of one entry of the spool.
-- Parameters: $1 entry
-- Index: intake_spool
-- Lock: none
SELECT id FROM crm.intake WHERE spool_id = $1::uuid ORDER BY id
