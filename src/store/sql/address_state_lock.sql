-- Purpose: whether an address is switched off, and when it was switched on last; held until the commit.
-- Parameters: $1 canonical address
-- Index: address_state_pkey
-- Lock: the row
SELECT off_at, reactivated_at, reactivated_at + interval '30 days' FROM crm.address_state WHERE digest = crm.digest($1)
FOR NO KEY UPDATE
