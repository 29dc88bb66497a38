-- Purpose: writes columns of a contact as a merge or its undoing decided.
-- Parameters: $1 contact, $2 columns as JSON
-- Index: contact_pkey
-- Lock: row
UPDATE crm.contact c
SET company = n.company, job_title = n.job_title, language = n.language, origin = n.origin, owner_id = n.owner_id,
    office_id = n.office_id, colour = n.colour, emoji = n.emoji, stars = n.stars, interests = n.interests,
    updated_at = now()
FROM crm.contact was, jsonb_populate_record(was, $2::jsonb) AS n
WHERE was.id = $1 AND c.id = was.id
