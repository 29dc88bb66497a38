-- Purpose: records with a part of a text in the title, or that code or reference, in no order; null if there are more of them.
-- Parameters: $1 text, $2 how many at most
-- Index: record_title_part, record_code_key, record_reference, record_owner_id (in the function)
-- Lock: none
SELECT CASE WHEN count(*) <= $2 THEN coalesce(array_agg(found), '{}') END FROM crm.records_with($1::text, $2::integer + 1) AS found
