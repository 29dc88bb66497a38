-- Purpose: all active users with what proves them, the oldest first.
-- Parameters: none
-- Index: all users are read
-- Lock: none
SELECT * FROM crm.active_users()
