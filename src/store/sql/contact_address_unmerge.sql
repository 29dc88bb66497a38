-- Purpose: moves the addresss of a merge back to where they stood; those that are not there any more do not come back.
-- Parameters: $1 back to, $2 from, $3 the rows as they were
-- Index: contact_address_pkey
-- Lock: rows of both contacts
WITH was AS (
    SELECT * FROM jsonb_to_recordset($3::jsonb)
        AS r(address text, shown text, shared boolean, position smallint, created_at timestamptz, "both" boolean)
), moved AS (
    UPDATE crm.contact_address a
    SET contact_id = $1, position = was.position, shared = was.shared
    FROM was
    WHERE a.contact_id = $2 AND a.digest = crm.digest(was.address) AND NOT was."both"
    RETURNING a.address
), again AS (
    INSERT INTO crm.contact_address (contact_id, address, shown, shared, position, created_at)
    SELECT $1, address, shown, shared, position, created_at FROM was WHERE "both"
    ON CONFLICT DO NOTHING
    RETURNING address
)
SELECT address FROM moved UNION ALL SELECT address FROM again
