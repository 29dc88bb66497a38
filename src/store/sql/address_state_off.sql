-- Purpose: a portion of the digests of addresses with a state, and whether nothing is sent to them.
-- Parameters: $1 the last digest of the portion before, $2 how many
-- Index: address_state_pkey
-- Lock: none
SELECT digest, off_at IS NOT NULL FROM crm.address_state WHERE digest > $1 ORDER BY digest LIMIT $2
