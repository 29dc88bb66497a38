-- Purpose: removes a stage that nothing stands on.
-- Parameters: $1 stage
-- Index: stage_pkey, contact_stage_list
-- Lock: row
DELETE FROM crm.stage WHERE id = $1
