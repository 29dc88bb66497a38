-- Purpose: changes fields of a record; says whether a stage was named that its kind has not.
-- Parameters: $1 id, $2 changes by field as JSON, null empties; owner and office as ids, stage by name, $3 free fields as JSON, null takes away
-- Index: record_pkey, stage_pkey
-- Lock: row
UPDATE crm.record r
SET title = CASE WHEN $2::jsonb ? 'title' THEN $2::jsonb->>'title' ELSE r.title END,
    owner_id = CASE WHEN $2::jsonb ? 'owner' THEN ($2::jsonb->>'owner')::uuid ELSE r.owner_id END,
    office_id = CASE WHEN $2::jsonb ? 'office' THEN ($2::jsonb->>'office')::uuid ELSE r.office_id END,
    stage_id = CASE WHEN $2::jsonb ? 'stage' THEN (SELECT s.id FROM crm.stage s
        WHERE s.record_kind = r.kind AND lower(s.name) = lower($2::jsonb->>'stage')) ELSE r.stage_id END,
    external_reference = CASE WHEN $2::jsonb ? 'reference' THEN $2::jsonb->>'reference' ELSE r.external_reference END,
    origin = CASE WHEN $2::jsonb ? 'origin' THEN $2::jsonb->>'origin' ELSE r.origin END,
    amount = CASE WHEN $2::jsonb ? 'amount' THEN ($2::jsonb->>'amount')::numeric ELSE r.amount END,
    currency = CASE WHEN $2::jsonb ? 'currency' THEN $2::jsonb->>'currency' ELSE r.currency END,
    fields = jsonb_strip_nulls(r.fields || $3::jsonb)
WHERE r.id = $1
RETURNING r.kind, $2::jsonb->>'stage' IS NOT NULL AND r.stage_id IS NULL
