-- Purpose: says of a contact into which one it was merged, or that it is itself again.
-- Parameters: $1 contact, $2 target or null
-- Index: contact_pkey
-- Lock: row
UPDATE crm.contact SET merged_into = $2, updated_at = now() WHERE id = $1
