-- Purpose: ends a record that became another one. A trigger links its mail to that one.
-- Parameters: $1 id
-- Index: record_pkey
-- Lock: row
UPDATE crm.record SET state = 'won', converted_at = now(), external_reference = NULL WHERE id = $1
