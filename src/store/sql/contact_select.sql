-- Purpose: ids of a page of contacts by filter; see crm.contact_select.
-- Parameters: $1 filter as JSON, $2 order (newest, name, updated), $3 behind this contact, $4 how many, $5 those with the text or the interest, if they are few
-- Index: contact_pkey backwards, contact_name_list, contact_updated_list; contact_*_id and contact_*_list of the filters
-- Lock: none
SELECT * FROM crm.contact_select($1::jsonb, $2::text, $3::uuid, $4::bigint, $5::uuid[])
