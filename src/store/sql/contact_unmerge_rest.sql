-- Purpose: moves tickets, notes, tasks, activities, news, consents, blocks and letters of a merge back. Returns the ids that moved.
-- Parameters: $1 back to, $2 from, $3 ids
-- Index: the primary keys
-- Lock: rows
WITH wanted AS MATERIALIZED (
    SELECT unnest($3::uuid[]) AS id
), tickets AS (
    UPDATE crm.ticket t SET contact_id = $1 FROM wanted WHERE t.id = wanted.id AND t.contact_id = $2 RETURNING t.id
), notes AS (
    UPDATE crm.note t SET contact_id = $1 FROM wanted WHERE t.id = wanted.id AND t.contact_id = $2 RETURNING t.id
), tasks AS (
    UPDATE crm.task t SET contact_id = $1 FROM wanted WHERE t.id = wanted.id AND t.contact_id = $2 RETURNING t.id
), activities AS (
    UPDATE crm.activity t SET contact_id = $1 FROM wanted WHERE t.id = wanted.id AND t.contact_id = $2 RETURNING t.id
), news AS (
    UPDATE crm.notification t SET contact_id = $1 FROM wanted
    WHERE t.id = wanted.id AND t.contact_id = $2 RETURNING t.id
), consents AS (
    UPDATE crm.consent t SET contact_id = $1 FROM wanted WHERE t.id = wanted.id AND t.contact_id = $2 RETURNING t.id
), blocks AS (
    UPDATE crm.block t SET contact_id = $1 FROM wanted WHERE t.id = wanted.id AND t.contact_id = $2 RETURNING t.id
), letters AS (
    SELECT crm.move_outbox($2, $1, $3) AS id
)
SELECT id::text FROM tickets UNION ALL SELECT id::text FROM notes UNION ALL SELECT id::text FROM tasks
UNION ALL SELECT id::text FROM activities UNION ALL SELECT id::text FROM news UNION ALL SELECT id::text FROM consents
UNION ALL SELECT id::text FROM blocks UNION ALL SELECT id::text FROM letters
