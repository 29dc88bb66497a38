-- Purpose: an address that another contact has already, where the configuration allows that.
-- Parameters: $1 contact, $2 canonical address, $3 as shown, $4 position
-- Index: contact_address_pkey
-- Lock: none
INSERT INTO crm.contact_address (contact_id, address, shown, position, shared) VALUES ($1, $2, $3, $4, true)
ON CONFLICT (contact_id, digest) DO NOTHING
