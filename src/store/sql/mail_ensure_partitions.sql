-- Purpose: partitions of this month and the three coming ones; returns how many were made.
-- Parameters: none
-- Index: catalog
-- Lock: advisory; share update exclusive on a parent that gets one
SELECT crm.ensure_partitions()
