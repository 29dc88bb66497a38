-- Purpose: pins a note or takes the pin out.
-- Parameters: $1 note, $2 whether pinned
-- Index: note_pkey
-- Lock: row
UPDATE crm.note SET pinned = $2 WHERE id = $1 AND deleted_at IS NULL
