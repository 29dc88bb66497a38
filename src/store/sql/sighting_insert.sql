-- Purpose: spool entries that are recorded from now on; those recorded before do not come back.
-- Parameters: $1 spool ids, sorted
-- Index: sighting_pkey
-- Lock: rows, in the order of the ids
INSERT INTO crm.sighting (spool_id)
SELECT unnest($1::uuid[])
ON CONFLICT DO NOTHING
RETURNING spool_id
