-- Purpose: contacts for people, the newest first, without merged and inactive ones.
-- Parameters: $1 before this id, $2 part of a name or company or beginning of an address, $3 login of the owner, $4 how many
-- Index: contact_pkey backwards
-- Lock: none
SELECT c.id, c.name, c.company, c.type, c.state, c.stars, c.language, c.origin, u.login, c.created_at,
    ARRAY(SELECT a.shown FROM crm.contact_address a WHERE a.contact_id = c.id ORDER BY a.position, a.address),
    ARRAY(SELECT p.number FROM crm.contact_phone p WHERE p.contact_id = c.id ORDER BY p.position, p.number)
FROM crm.contact c
LEFT JOIN crm.users u ON u.id = c.owner_id
WHERE ($1::uuid IS NULL OR c.id < $1)
  AND c.merged_into IS NULL AND c.state <> 'inactive'
  AND ($2::text IS NULL
       OR position(lower($2) IN lower(c.name)) > 0
       OR position(lower($2) IN lower(c.company)) > 0
       OR EXISTS (SELECT FROM crm.contact_address a
                  WHERE a.contact_id = c.id AND starts_with(a.address, lower($2))))
  AND ($3::text IS NULL OR lower(u.login) = lower($3))
ORDER BY c.id DESC
LIMIT $4
