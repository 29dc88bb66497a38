-- Purpose: removes an origin of the company's own that nothing has; a trigger keeps the built-in ones.
-- Parameters: $1 key
-- Index: origin_pkey, contact_origin_list
-- Lock: row
DELETE FROM crm.origin WHERE key = $1
