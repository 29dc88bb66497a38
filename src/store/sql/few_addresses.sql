-- Purpose: digests of the addresses of the cards that the caller sees, if they are few; otherwise null.
-- Parameters: none
-- Index: *_owner_id and *_office_id of the cards, contact_address_pkey
-- Lock: none
SELECT crm.few_addresses()
