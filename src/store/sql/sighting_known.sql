-- Purpose: which spool entries are recorded.
-- Parameters: $1 spool ids
-- Index: sighting_pkey
-- Lock: none
SELECT spool_id FROM crm.sighting WHERE spool_id = ANY($1::uuid[])
