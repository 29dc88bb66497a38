-- Purpose: a phone that another contact has already, where the configuration allows that.
-- Parameters: $1 contact, $2 number, $3 position
-- Index: contact_phone_pkey
-- Lock: none
INSERT INTO crm.contact_phone (contact_id, number, position, shared) VALUES ($1, $2, $3, true)
ON CONFLICT (contact_id, digest) DO NOTHING
