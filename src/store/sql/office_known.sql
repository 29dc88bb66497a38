-- Purpose: coordinator of each office.
-- Parameters: none
-- Index: all offices are read
-- Lock: none
SELECT lower(o.name), o.coordinator_id
FROM crm.office o
JOIN crm.users u ON u.id = o.coordinator_id AND u.deactivated_at IS NULL
