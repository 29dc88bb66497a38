-- Purpose: moves the records of a merge back; where the target is no party any more they do not come back.
-- Parameters: $1 back to, $2 from, $3 the rows as they were
-- Index: record_party_pkey
-- Lock: rows of the second
WITH was AS (
    SELECT * FROM jsonb_to_recordset($3::jsonb) AS r(record_id uuid, role text, "both" boolean)
), gone AS (
    DELETE FROM crm.record_party p USING was
    WHERE p.contact_id = $2 AND p.record_id = was.record_id AND NOT was."both"
    RETURNING p.record_id
)
INSERT INTO crm.record_party (record_id, contact_id, role)
SELECT was.record_id, $1, was.role FROM was WHERE was."both" OR was.record_id IN (SELECT record_id FROM gone)
ON CONFLICT DO NOTHING
RETURNING record_id::text
