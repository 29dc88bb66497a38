-- Purpose: moves persons and companies of a merge back; those that were taken away since do not come back.
-- Parameters: $1 back to, $2 from, $3 the rows as they were
-- Index: contact_relation_pkey
-- Lock: rows of the second
WITH was AS (
    SELECT r.*, CASE person_id WHEN $1 THEN $2 ELSE person_id END AS person,
        CASE company_id WHEN $1 THEN $2 ELSE company_id END AS company
    FROM jsonb_to_recordset($3::jsonb) AS r(person_id uuid, company_id uuid, job_title text, "both" boolean)
), gone AS (
    DELETE FROM crm.contact_relation r USING was
    WHERE r.person_id = was.person AND r.company_id = was.company AND NOT was."both"
    RETURNING r.person_id, r.company_id
)
INSERT INTO crm.contact_relation (person_id, company_id, job_title)
SELECT was.person_id, was.company_id, was.job_title FROM was
WHERE was."both" OR (was.person, was.company) IN (SELECT person_id, company_id FROM gone)
ON CONFLICT DO NOTHING
RETURNING person_id::text || ' ' || company_id::text
