-- Purpose: puts a person under a company; a second time it changes the job title.
-- Parameters: $1 person, $2 company, $3 job title
-- Index: contact_relation_pkey
-- Lock: row
INSERT INTO crm.contact_relation (person_id, company_id, job_title) VALUES ($1, $2, $3)
ON CONFLICT (person_id, company_id) DO UPDATE SET job_title = coalesce(excluded.job_title, contact_relation.job_title)
