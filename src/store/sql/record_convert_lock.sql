-- Purpose: a record that becomes another one, held until the commit: mail that is being linked to it waits.
-- Parameters: $1 id
-- Index: record_pkey
-- Lock: row
SELECT r.code, r.state, r.kind, (SELECT b.code FROM crm.record b WHERE b.parent_id = r.id ORDER BY b.id LIMIT 1)
FROM crm.record r
WHERE r.id = $1
FOR UPDATE OF r
