-- Purpose: hear of new addresses of contacts.
-- Parameters: none
-- Index: none
-- Lock: none
LISTEN crm_contact_address
