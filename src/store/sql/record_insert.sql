-- Purpose: records of a batch.
-- Parameters: $1 ids, $2 kinds, $3 codes, $4 series, $5 external references, $6 titles, $7 owners, $8 origins
-- Index: record_pkey, record_code_key
-- Lock: none
INSERT INTO crm.record (id, kind, code, series, external_reference, title, owner_id, origin)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[],
    $8::text[])
