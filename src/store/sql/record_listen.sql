-- Purpose: hear of changes of the codes of records and tickets.
-- Parameters: none
-- Index: none
-- Lock: none
LISTEN crm_code
