-- Purpose: changes what a note says, and keeps what it said.
-- Parameters: $1 note, $2 text
-- Index: note_pkey
-- Lock: row
WITH before AS (
    SELECT id, text FROM crm.note WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE
), kept AS (
    INSERT INTO crm.note_version (note_id, replaced_by, text)
    SELECT id, (SELECT u.id FROM crm.users u WHERE u.pg_role = current_user), text FROM before
)
UPDATE crm.note n SET text = $2, edited_at = now() FROM before WHERE n.id = before.id
