-- Purpose: contacts with a part of a text in name or company, or an address that begins so, in no order; null if there are more of them.
-- Parameters: $1 text, $2 how many at most
-- Index: contact_name_part, contact_company_part, contact_address_begins, contact_owner_id (in the function)
-- Lock: none
SELECT CASE WHEN count(*) <= $2 THEN coalesce(array_agg(found), '{}') END FROM crm.contacts_with($1::text, $2::integer + 1) AS found
