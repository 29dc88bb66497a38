-- Purpose: moves persons and companies of a contact to another. Returns the rows as they were.
-- Parameters: $1 from, $2 to
-- Index: contact_relation_pkey, contact_relation_company
-- Lock: rows of the first
WITH stood AS (
    DELETE FROM crm.contact_relation WHERE person_id = $1 OR company_id = $1
    RETURNING person_id, company_id, job_title
), aimed AS (
    SELECT stood.*, CASE person_id WHEN $1 THEN $2 ELSE person_id END AS person,
        CASE company_id WHEN $1 THEN $2 ELSE company_id END AS company
    FROM stood
), moved AS (
    INSERT INTO crm.contact_relation (person_id, company_id, job_title)
    SELECT person, company, job_title FROM aimed WHERE person <> company
    ON CONFLICT DO NOTHING
    RETURNING person_id, company_id
)
SELECT coalesce(jsonb_agg(jsonb_build_object('person_id', aimed.person_id, 'company_id', aimed.company_id,
    'job_title', aimed.job_title, 'both', moved.person_id IS NULL)), '[]')
FROM aimed LEFT JOIN moved ON moved.person_id = aimed.person AND moved.company_id = aimed.company
