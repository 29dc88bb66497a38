-- Purpose: contacts with an interest, in no order; null if there are more of them.
-- Parameters: $1 interest, $2 how many at most
-- Index: contact_interests, contact_owner_id (in the function)
-- Lock: none
SELECT CASE WHEN count(*) <= $2 THEN coalesce(array_agg(found), '{}') END FROM crm.contacts_interested($1::text, $2::integer + 1) AS found
