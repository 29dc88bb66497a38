-- Purpose: hear of changes of contacts' new addresses.
-- Parameters: none
-- Index: none
-- Lock: none
LISTEN crm_contact_address
