-- Purpose: changes name and place of a stage.
-- Parameters: $1 stage, $2 name, $3 position, null for as it is
-- Index: stage_pkey
-- Lock: row
UPDATE crm.stage SET name = coalesce($2::text, name), position = coalesce($3::smallint, position) WHERE id = $1
