-- Purpose: a record made by hand.
-- Parameters: $1 id, $2 kind, $3 code, $4 series, $5 external reference, $6 title, $7 owner
-- Index: record_pkey, record_code_key
-- Lock: none
INSERT INTO crm.record (id, kind, code, series, external_reference, title, owner_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)
