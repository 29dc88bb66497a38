-- Purpose: the schema's version.
-- Parameters: none
-- Index: schema_history_pkey
-- Lock: none
SELECT coalesce(max(version), 0) FROM crm.schema_history
