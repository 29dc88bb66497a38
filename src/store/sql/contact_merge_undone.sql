-- Purpose: says that a merge is undone.
-- Parameters: $1 merge
-- Index: contact_merge_pkey
-- Lock: row
UPDATE crm.contact_merge SET undone_at = now() WHERE id = $1
