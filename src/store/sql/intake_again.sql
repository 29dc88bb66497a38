-- Purpose: something came of a line of which nothing had come yet; what a person has decided meanwhile counts.
-- Parameters: $1 id, $2 what came of it, $3 owner that the rules chose
-- Index: intake_pkey
-- Lock: row until commit
UPDATE crm.intake
SET resolved_at = now(), resolution = $2, owner_id = coalesce(owner_id, $3)
WHERE id = $1 AND resolved_at IS NULL AND outcome IN ('unresolved', 'automatic', 'failed')
