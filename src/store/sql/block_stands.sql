-- Purpose: whether a block stands against an address, whoever may see the block itself.
-- Parameters: $1 the canonical address and, if it has an extension, the address without it, $2 its domain, $3 that domain and all above
-- Index: block_value, block_contact, block_hash, contact_address_key, contact_address_shared
-- Lock: none
SELECT crm.is_blocked($1::text[], $2, $3::text[])
