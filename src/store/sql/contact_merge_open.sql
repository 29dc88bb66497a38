-- Purpose: the merges of a contact that are not undone, the newest first.
-- Parameters: $1 contact
-- Index: contact_merge_of
-- Lock: rows, for update
SELECT id, into_id, moved FROM crm.contact_merge WHERE contact_id = $1 AND undone_at IS NULL ORDER BY id DESC FOR UPDATE
