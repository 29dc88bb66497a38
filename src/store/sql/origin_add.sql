-- Purpose: an origin of the company's own.
-- Parameters: $1 key, $2 names by language, $3 icon
-- Index: origin_pkey
-- Lock: none
INSERT INTO crm.origin (key, names, icon) VALUES ($1, $2, $3)
