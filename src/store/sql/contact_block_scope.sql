-- Purpose: the scope of the block of a contact itself.
-- Parameters: $1 contact
-- Index: block_contact
-- Lock: row
SELECT scope FROM crm.block WHERE contact_id = $1 AND kind = 'contact' AND removed_at IS NULL FOR NO KEY UPDATE
