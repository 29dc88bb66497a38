-- Purpose: offices for people, by name.
-- Parameters: none
-- Index: all offices are read
-- Lock: none
SELECT o.id, o.name, u.login,
    ARRAY(SELECT m.login FROM crm.users m WHERE m.office_id = o.id AND m.deactivated_at IS NULL ORDER BY lower(m.login))
FROM crm.office o
LEFT JOIN crm.users u ON u.id = o.coordinator_id
ORDER BY lower(o.name)
