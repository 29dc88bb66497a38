-- Purpose: types of contacts in their order.
-- Parameters: $1 key, or null for all
-- Index: contact_type_pkey
-- Lock: none
SELECT key, names, position, built_in FROM crm.contact_type WHERE $1::text IS NULL OR key = $1 ORDER BY position, key
