-- Purpose: makes addresss of a contact its own, or shared, after another that had them as its own went or came back.
-- Parameters: $1 contact, $2 addresss, $3 whether shared
-- Index: contact_address_pkey
-- Lock: rows
UPDATE crm.contact_address SET shared = $3
WHERE contact_id = $1 AND digest = ANY(ARRAY(SELECT crm.digest(key) FROM unnest($2::text[]) AS key))
