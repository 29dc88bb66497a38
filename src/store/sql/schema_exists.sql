-- Purpose: whether the schema has to be made; CREATE ... IF NOT EXISTS asks for the right even if it exists.
-- Parameters: none
-- Index: catalog
-- Lock: none
SELECT to_regnamespace('crm') IS NOT NULL
