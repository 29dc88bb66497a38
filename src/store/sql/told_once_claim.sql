-- Purpose: news that is told from now on; what was told before does not come back.
-- Parameters: $1 digests of what it is known by, sorted
-- Index: told_once_pkey
-- Lock: rows, in the order of the digests
INSERT INTO crm.told_once (digest)
SELECT unnest($1::bytea[])
ON CONFLICT DO NOTHING
RETURNING digest
