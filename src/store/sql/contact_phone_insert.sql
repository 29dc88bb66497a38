-- Purpose: phones of new contacts. One that another contact has is shared: a mail may name anybody's phone.
-- Parameters: $1 contacts, $2 numbers, sorted, $3 positions
-- Index: contact_phone_key
-- Lock: rows, in the order of the numbers
INSERT INTO crm.contact_phone (contact_id, number, position, shared)
SELECT n.contact_id, n.number, n.position,
       row_number() OVER (PARTITION BY n.number ORDER BY n.contact_id) > 1
           OR EXISTS (SELECT FROM crm.contact_phone p WHERE p.digest = crm.digest(n.number) AND NOT p.shared)
FROM unnest($1::uuid[], $2::text[], $3::smallint[]) AS n(contact_id, number, position)
ORDER BY n.number, n.contact_id
