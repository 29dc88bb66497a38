-- Purpose: hear of changes of the users and what proves them.
-- Parameters: none
-- Index: none
-- Lock: none
LISTEN crm_users
