-- Purpose: how many addresses the contacts have.
-- Parameters: none
-- Index: all addresses are read, contact_address_pkey
-- Lock: none
SELECT count(*) FROM crm.contact_address
