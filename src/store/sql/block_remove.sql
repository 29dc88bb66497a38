-- Purpose: ends a block; the row stays as history.
-- Parameters: $1 kind, $2 value, $3 contact, $4 by whom
-- Index: block_value, block_contact
-- Lock: row
UPDATE crm.block
SET removed_at = now(), removed_by = $4
WHERE removed_at IS NULL AND kind = $1 AND (value = $2::text OR contact_id = $3::uuid)
