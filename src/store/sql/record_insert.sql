-- Purpose: records of a batch. What a form asked about is kept as a field: it names a thing that is not here, and must not make this record that thing.
-- Parameters: $1 ids, $2 kinds, $3 codes, $4 series, $5 references asked about, $6 titles, $7 owners, $8 origins
-- Index: record_pkey, record_code_key
-- Lock: none
INSERT INTO crm.record (id, kind, code, series, title, owner_id, origin, fields)
SELECT n.id, n.kind, n.code, n.series, n.title, n.owner, n.origin,
    CASE WHEN n.asked_about IS NULL THEN '{}' ELSE jsonb_build_object('asked_about', n.asked_about) END
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[])
    AS n(id, kind, code, series, asked_about, title, owner, origin)
