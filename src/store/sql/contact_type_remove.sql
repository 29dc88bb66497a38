-- Purpose: removes a type of the company's own that nothing has; a trigger keeps the built-in ones.
-- Parameters: $1 key
-- Index: contact_type_pkey, contact_type_list
-- Lock: row
DELETE FROM crm.contact_type WHERE key = $1
