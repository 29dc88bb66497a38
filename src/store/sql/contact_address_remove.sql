-- Purpose: takes a address from a contact.
-- Parameters: $1 contact, $2 address
-- Index: contact_address_pkey
-- Lock: row
DELETE FROM crm.contact_address WHERE contact_id = $1 AND digest = crm.digest($2::text)
