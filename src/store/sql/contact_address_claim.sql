-- Purpose: addresses of new contacts; those that another contact has do not come back.
-- Parameters: $1 contacts, $2 canonical addresses, sorted, $3 as shown, $4 positions
-- Index: contact_address_key
-- Lock: rows, in the order of the addresses
INSERT INTO crm.contact_address (contact_id, address, shown, position)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[])
ON CONFLICT (digest) WHERE NOT shared DO NOTHING
RETURNING contact_id
