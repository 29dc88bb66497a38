-- Purpose: phones of contacts made by hand; those that another contact has do not come back.
-- Parameters: $1 contacts, $2 numbers, sorted, $3 positions
-- Index: contact_phone_key
-- Lock: rows, in the order of the numbers
INSERT INTO crm.contact_phone (contact_id, number, position)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::smallint[])
ON CONFLICT (digest) WHERE NOT shared DO NOTHING
RETURNING number
