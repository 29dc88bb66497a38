-- Purpose: the persons under a company and the companies that a person stands under.
-- Parameters: $1 contact
-- Index: contact_relation_pkey, contact_relation_company
-- Lock: none
SELECT false, c.id, c.name, r.job_title,
    (SELECT a.shown FROM crm.contact_address a WHERE a.contact_id = c.id ORDER BY a.position, a.address LIMIT 1)
FROM crm.contact_relation r
JOIN crm.contact c ON c.id = r.person_id
WHERE r.company_id = $1 AND c.state <> 'inactive'
UNION ALL
SELECT true, c.id, c.name, r.job_title,
    (SELECT a.shown FROM crm.contact_address a WHERE a.contact_id = c.id ORDER BY a.position, a.address LIMIT 1)
FROM crm.contact_relation r
JOIN crm.contact c ON c.id = r.company_id
WHERE r.person_id = $1
ORDER BY 3, 2
