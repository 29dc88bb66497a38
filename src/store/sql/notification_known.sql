-- Purpose: which of these news there are.
-- Parameters: $1 ids
-- Index: notification_pkey
-- Lock: none
SELECT id FROM crm.notification WHERE id = ANY($1::uuid[])
