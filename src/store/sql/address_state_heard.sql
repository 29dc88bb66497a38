-- Purpose: people wrote from these addresses; full mailboxes before that count no more. What is switched off stays so.
-- Parameters: $1 addresses
-- Index: address_state_pkey
-- Lock: the rows, in one order
WITH full_ones AS (
    SELECT digest FROM crm.address_state
    WHERE digest = ANY (ARRAY(SELECT crm.digest(a) FROM unnest($1::text[]) AS a)) AND soft_failures > 0 AND off_at IS NULL
    ORDER BY digest FOR NO KEY UPDATE)
UPDATE crm.address_state s SET soft_failures = 0, soft_reset_at = now() FROM full_ones f WHERE s.digest = f.digest
