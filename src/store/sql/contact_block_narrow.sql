-- Purpose: gives the block of a contact back the scope that it had before another contact's was handed on to it.
-- Parameters: $1 contact
-- Index: block_contact
-- Lock: row
UPDATE crm.block SET scope = 'inbox' WHERE contact_id = $1 AND kind = 'contact' AND removed_at IS NULL
