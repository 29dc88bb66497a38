-- Purpose: hears of what is to go out.
-- Parameters: none
-- Index: none
-- Lock: none
LISTEN crm_outbox
