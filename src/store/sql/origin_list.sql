-- Purpose: origins, the built-in ones first.
-- Parameters: $1 key, or null for all
-- Index: origin_pkey
-- Lock: none
SELECT key, names, icon, built_in FROM crm.origin WHERE $1::text IS NULL OR key = $1 ORDER BY built_in DESC, key
