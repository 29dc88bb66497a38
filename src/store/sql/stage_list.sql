-- Purpose: stages in their order, of all or of one type of contact or kind of record.
-- Parameters: $1 type of contact, $2 kind of record
-- Index: stage_pkey (a company has few)
-- Lock: none
SELECT id, contact_type, record_kind, name, position
FROM crm.stage
WHERE ($1::text IS NULL OR contact_type = $1) AND ($2::text IS NULL OR record_kind = $2)
ORDER BY contact_type NULLS LAST, record_kind, position, name
