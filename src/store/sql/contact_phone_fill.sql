-- Purpose: phones of a contact that has none; one that another contact has is left out.
-- Parameters: $1 contact, $2 numbers, sorted
-- Index: contact_phone_pkey, contact_phone_key
-- Lock: rows, in the order of the numbers
INSERT INTO crm.contact_phone (contact_id, number, position)
SELECT $1, n.number, (n.at - 1)::smallint
FROM unnest($2::text[]) WITH ORDINALITY AS n(number, at)
WHERE NOT EXISTS (SELECT FROM crm.contact_phone p WHERE p.contact_id = $1)
  AND NOT EXISTS (SELECT FROM crm.contact_phone p WHERE p.digest = crm.digest(n.number))
ORDER BY n.number
ON CONFLICT DO NOTHING
