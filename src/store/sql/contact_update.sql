-- Purpose: changes fields of contacts, all of them to the same values.
-- Parameters: $1 ids, $2 changes by column as JSON, null empties; stage by name, interests_add, interests_remove
-- Index: contact_pkey
-- Lock: rows, in the order of their ids
WITH locked AS (
    SELECT id FROM crm.contact WHERE id = ANY($1::uuid[]) AND merged_into IS NULL ORDER BY id FOR NO KEY UPDATE
)
UPDATE crm.contact c
SET name = CASE WHEN $2::jsonb ? 'name' THEN $2::jsonb->>'name' ELSE c.name END,
    company = CASE WHEN $2::jsonb ? 'company' THEN $2::jsonb->>'company' ELSE c.company END,
    is_company = CASE WHEN $2::jsonb ? 'is_company' THEN ($2::jsonb->>'is_company')::boolean ELSE c.is_company END,
    job_title = CASE WHEN $2::jsonb ? 'job_title' THEN $2::jsonb->>'job_title' ELSE c.job_title END,
    type = CASE WHEN $2::jsonb ? 'type' THEN $2::jsonb->>'type' ELSE c.type END,
    stage_id = CASE
        WHEN $2::jsonb ? 'stage' THEN (SELECT s.id FROM crm.stage s
            WHERE s.contact_type = coalesce($2::jsonb->>'type', c.type) AND lower(s.name) = lower($2::jsonb->>'stage'))
        WHEN $2::jsonb->>'type' <> c.type THEN NULL
        ELSE c.stage_id END,
    state = CASE WHEN $2::jsonb ? 'state' THEN $2::jsonb->>'state' ELSE c.state END,
    owner_id = CASE WHEN $2::jsonb ? 'owner' THEN ($2::jsonb->>'owner')::uuid ELSE c.owner_id END,
    office_id = CASE WHEN $2::jsonb ? 'office' THEN ($2::jsonb->>'office')::uuid ELSE c.office_id END,
    origin = CASE WHEN $2::jsonb ? 'origin' THEN $2::jsonb->>'origin' ELSE c.origin END,
    language = CASE WHEN $2::jsonb ? 'language' THEN $2::jsonb->>'language' ELSE c.language END,
    interests = ARRAY(
        SELECT word FROM (
            SELECT word, min(place) AS place FROM unnest(
                CASE WHEN $2::jsonb ? 'interests' THEN ARRAY(SELECT jsonb_array_elements_text($2::jsonb->'interests'))
                ELSE c.interests END
                || ARRAY(SELECT jsonb_array_elements_text(coalesce($2::jsonb->'interests_add', '[]'))))
                WITH ORDINALITY AS w(word, place)
            GROUP BY word) AS words
        WHERE NOT coalesce($2::jsonb->'interests_remove', '[]') ? word
        ORDER BY place),
    stars = CASE WHEN $2::jsonb ? 'stars' THEN ($2::jsonb->>'stars')::smallint ELSE c.stars END,
    colour = CASE WHEN $2::jsonb ? 'colour' THEN $2::jsonb->>'colour' ELSE c.colour END,
    emoji = CASE WHEN $2::jsonb ? 'emoji' THEN $2::jsonb->>'emoji' ELSE c.emoji END,
    updated_at = now()
FROM locked
WHERE c.id = locked.id
RETURNING c.type, $2::jsonb->>'stage' IS NOT NULL AND c.stage_id IS NULL
