-- Purpose: the schema, before refinery's table is made in it.
-- Parameters: none
-- Index: none
-- Lock: none
CREATE SCHEMA crm
