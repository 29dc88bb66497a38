-- Purpose: moves the phones of a merge back to where they stood; those that are not there any more do not come back.
-- Parameters: $1 back to, $2 from, $3 the rows as they were
-- Index: contact_phone_pkey
-- Lock: rows of both contacts
WITH was AS (
    SELECT * FROM jsonb_to_recordset($3::jsonb)
        AS r(number text, shared boolean, position smallint, created_at timestamptz, "both" boolean)
), moved AS (
    UPDATE crm.contact_phone a
    SET contact_id = $1, position = was.position, shared = was.shared
    FROM was
    WHERE a.contact_id = $2 AND a.digest = crm.digest(was.number) AND NOT was."both"
    RETURNING a.number
), again AS (
    INSERT INTO crm.contact_phone (contact_id, number, shared, position, created_at)
    SELECT $1, number, shared, position, created_at FROM was WHERE "both"
    ON CONFLICT DO NOTHING
    RETURNING number
)
SELECT number FROM moved UNION ALL SELECT number FROM again
