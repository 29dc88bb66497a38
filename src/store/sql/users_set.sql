-- Purpose: changes a user; what is null stays.
-- Parameters: $1 user, $2 name, $3 role, $4 language (empty: none), $5 inbox permission, $6 notices
-- Index: users_pkey
-- Lock: the row
UPDATE crm.users
SET name = coalesce($2::text, name), role = coalesce($3::text, role),
    language = nullif(coalesce($4::text, language), ''), inbox_permission = coalesce($5::boolean, inbox_permission),
    notices = coalesce($6::text, notices)
WHERE id = $1
