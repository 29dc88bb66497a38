-- Purpose: takes a phone from a contact.
-- Parameters: $1 contact, $2 number
-- Index: contact_phone_pkey
-- Lock: row
DELETE FROM crm.contact_phone WHERE contact_id = $1 AND digest = crm.digest($2::text)
