-- Purpose: addresses that are switched off.
-- Parameters: $1 canonical addresses, $2 their digests
-- Index: address_state_pkey
-- Lock: none
SELECT n.address
FROM unnest($1::text[], $2::bytea[]) AS n(address, digest)
JOIN crm.address_state s ON s.digest = n.digest
WHERE s.off_at IS NOT NULL
