-- Purpose: whether this login has the rights of a group, as its member or as the owner of the schema.
-- Parameters: $1 group
-- Index: catalog
-- Lock: none
SELECT current_user::text,
    pg_has_role(current_user, $1::text::name, 'USAGE') OR pg_has_role(current_user, nspowner, 'USAGE')
FROM pg_namespace
WHERE nspname = 'crm'
