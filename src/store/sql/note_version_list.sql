-- Purpose: what a note said before, the newest first.
-- Parameters: $1 note
-- Index: note_version_pkey
-- Lock: none
SELECT v.text, v.replaced_at, u.login
FROM crm.note_version v
LEFT JOIN crm.users u ON u.id = v.replaced_by
WHERE v.note_id = $1
ORDER BY v.replaced_at DESC
