-- Purpose: hear of changes of the blocks.
-- Parameters: none
-- Index: none
-- Lock: none
LISTEN crm_block
