-- Purpose: forgets spool entries recorded a month ago, which no spool holds any more; ids are UUIDv7.
-- Parameters: $1 how many at most
-- Index: sighting_pkey
-- Lock: rows
DELETE FROM crm.sighting
WHERE spool_id IN (
    SELECT spool_id FROM crm.sighting
    WHERE spool_id < crm.id_floor(now() - interval '31 days')
    ORDER BY spool_id
    LIMIT $1
)
