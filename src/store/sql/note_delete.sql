-- Purpose: takes a note out of the lists; what it said is kept.
-- Parameters: $1 note
-- Index: note_pkey
-- Lock: row
UPDATE crm.note SET deleted_at = now() WHERE id = $1 AND deleted_at IS NULL
