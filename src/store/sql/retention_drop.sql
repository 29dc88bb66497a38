-- Purpose: drops partitions of past months of which nothing is left; returns how many.
-- Parameters: none
-- Index: none
-- Lock: the parents, while an empty partition goes; two seconds at most are waited for
SELECT crm.drop_empty_partitions()
