-- Purpose: whether the schema was ever migrated.
-- Parameters: none
-- Index: catalog
-- Lock: none
SELECT to_regclass('crm.schema_history') IS NOT NULL
