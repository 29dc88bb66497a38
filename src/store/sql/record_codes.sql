-- Purpose: a portion of the digests of records' codes.
-- Parameters: $1 the last record of the portion before, $2 how many
-- Index: record_pkey
-- Lock: none
SELECT id, crm.digest(code) FROM crm.record WHERE id > $1 ORDER BY id LIMIT $2
