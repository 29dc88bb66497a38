-- Purpose: contacts of a batch.
-- Parameters: $1 ids, $2 names, $3 companies, $4 languages, $5 origins, $6 owners
-- Index: contact_pkey
-- Lock: none
INSERT INTO crm.contact (id, name, company, language, origin, owner_id)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[])
