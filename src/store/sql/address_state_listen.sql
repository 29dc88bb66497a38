-- Purpose: hear of changes of the addresses to which nothing is sent.
-- Parameters: none
-- Index: none
-- Lock: none
LISTEN crm_address_off
