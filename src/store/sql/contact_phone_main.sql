-- Purpose: puts one phone of a contact before its others.
-- Parameters: $1 contact, $2 number
-- Index: contact_phone_pkey
-- Lock: rows of the contact
UPDATE crm.contact_phone held
SET position = ranked.place
FROM (SELECT digest, (row_number() OVER (ORDER BY digest <> crm.digest($2::text), position, number) - 1)::smallint AS place
      FROM crm.contact_phone WHERE contact_id = $1) AS ranked
WHERE held.contact_id = $1 AND held.digest = ranked.digest
  AND EXISTS (SELECT FROM crm.contact_phone wanted WHERE wanted.contact_id = $1 AND wanted.digest = crm.digest($2))
RETURNING held.number
