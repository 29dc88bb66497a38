-- Purpose: a type of the company's own, behind the others unless a place is named.
-- Parameters: $1 key, $2 names by language, $3 position
-- Index: contact_type_pkey
-- Lock: none
INSERT INTO crm.contact_type (key, names, position)
VALUES ($1, $2, coalesce($3::smallint, (SELECT (max(position) + 1)::smallint FROM crm.contact_type), 0))
