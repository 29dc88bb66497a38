-- Purpose: contacts that were merged into this one.
-- Parameters: $1 contact
-- Index: contact_merge_into
-- Lock: none
SELECT m.contact_id, c.name, m.merged_at, u.login
FROM crm.contact_merge m
JOIN crm.contact c ON c.id = m.contact_id
LEFT JOIN crm.users u ON u.id = m.merged_by
WHERE m.into_id = $1 AND m.undone_at IS NULL
ORDER BY m.id
