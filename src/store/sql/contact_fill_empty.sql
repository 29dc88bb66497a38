-- Purpose: fills what a contact's card says nothing of.
-- Parameters: $1 contact, $2 company, $3 language, $4 name, if the present one is only an address or a phone of its own
-- Index: contact_pkey, contact_address_pkey, contact_phone_pkey
-- Lock: row
UPDATE crm.contact c
SET company = coalesce(nullif(btrim(c.company), ''), $2), language = coalesce(nullif(btrim(c.language), ''), $3),
    name = CASE WHEN $4::text IS NOT NULL
                 AND (EXISTS (SELECT FROM crm.contact_address a WHERE a.contact_id = c.id AND lower(c.name) IN (lower(a.address), lower(a.shown)))
                      OR EXISTS (SELECT FROM crm.contact_phone p WHERE p.contact_id = c.id AND c.name = p.number))
           THEN $4 ELSE c.name END,
    updated_at = now()
WHERE c.id = $1 AND c.merged_into IS NULL AND c.erased_at IS NULL
