-- Purpose: an address is switched on again. When and by whom, and whether it may be, a trigger says.
-- Parameters: $1 canonical address
-- Index: address_state_pkey
-- Lock: the row
UPDATE crm.address_state SET off_at = NULL, off_by = NULL WHERE digest = crm.digest($1)
