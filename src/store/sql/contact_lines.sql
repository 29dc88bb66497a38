-- Purpose: contacts as lists show them, in the order of the ids.
-- Parameters: $1 ids
-- Index: contact_pkey, contact_address_pkey, contact_phone_pkey, contact_relation_pkey
-- Lock: none
SELECT c.id, c.name, coalesce(c.company, (SELECT string_agg(o.name, ', ' ORDER BY o.id)
        FROM crm.contact_relation r JOIN crm.contact o ON o.id = r.company_id WHERE r.person_id = c.id)),
    c.type, c.state, c.stars, c.language, c.origin, u.login, c.created_at,
    ARRAY(SELECT a.shown FROM crm.contact_address a WHERE a.contact_id = c.id ORDER BY a.position, a.address),
    ARRAY(SELECT p.number FROM crm.contact_phone p WHERE p.contact_id = c.id ORDER BY p.position, p.number),
    c.is_company, c.job_title, c.interests, f.name, c.colour, c.emoji, s.name, c.updated_at
FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted(id, place)
JOIN crm.contact c ON c.id = wanted.id
LEFT JOIN crm.users u ON u.id = c.owner_id
LEFT JOIN crm.office f ON f.id = c.office_id
LEFT JOIN crm.stage s ON s.id = c.stage_id
ORDER BY wanted.place
