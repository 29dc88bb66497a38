-- Purpose: a record ends, or opens again.
-- Parameters: $1 id, $2 state
-- Index: record_pkey
-- Lock: row
UPDATE crm.record SET state = $2 WHERE id = $1
