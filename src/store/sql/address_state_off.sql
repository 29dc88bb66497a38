-- Purpose: digests of the addresses to which nothing is sent.
-- Parameters: none
-- Index: all states are read
-- Lock: none
SELECT digest FROM crm.address_state WHERE off_at IS NOT NULL
