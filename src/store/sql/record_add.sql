-- Purpose: a record made by hand. Its owner starts as that of its first contact that has one, else it is whoever makes it.
-- Parameters: $1 id, $2 kind, $3 code, $4 series, $5 external reference, $6 title, $7 owner, $8 contacts
-- Index: record_pkey, record_code_key
-- Lock: none
INSERT INTO crm.record (id, kind, code, series, external_reference, title, owner_id, office_id, origin, created_by)
SELECT $1, $2, $3, $4, $5, $6,
    coalesce($7::uuid, (SELECT c.owner_id FROM crm.contact c JOIN unnest($8::uuid[]) WITH ORDINALITY AS p(id, n) ON p.id = c.id
                        WHERE c.owner_id IS NOT NULL ORDER BY p.n LIMIT 1), me.id),
    me.office_id, 'desk', me.id
FROM (SELECT) AS one
LEFT JOIN crm.users me ON me.pg_role = current_user
