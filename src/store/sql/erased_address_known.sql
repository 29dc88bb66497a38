-- Purpose: which addresses belong to erased persons, and when they were erased.
-- Parameters: $1 canonical addresses, $2 the time before which erasures do not matter
-- Index: erased_address_at, erased_address_pkey
-- Lock: none
SELECT a.address, e.erased_at
FROM unnest($1::text[]) AS a (address)
JOIN crm.erased_address e ON e.key = crm.block_key(a.address)
WHERE EXISTS (SELECT FROM crm.erased_address n WHERE n.erased_at >= $2::timestamptz)
