-- Purpose: a contact made by hand; whoever makes it owns it until an owner is named.
-- Parameters: $1 id, $2 name
-- Index: contact_pkey
-- Lock: none
INSERT INTO crm.contact (id, name, origin, owner_id, office_id, created_by)
SELECT $1, $2, 'desk', me.id, me.office_id, me.id
FROM (SELECT) AS one
LEFT JOIN crm.users me ON me.pg_role = current_user
