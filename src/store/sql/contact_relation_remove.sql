-- Purpose: takes a person from a company; both stay.
-- Parameters: $1 person, $2 company
-- Index: contact_relation_pkey
-- Lock: row
DELETE FROM crm.contact_relation WHERE person_id = $1 AND company_id = $2
