-- Purpose: ends blocks by id, value or contact; the rows stay as history.
-- Parameters: $1 kinds, $2 value, $3 the block's or contact's id, $4 by whom
-- Index: block_value, block_hash, block_contact, block_pkey
-- Lock: rows
UPDATE crm.block
SET removed_at = now(), removed_by = $4
WHERE removed_at IS NULL
  AND ((kind = ANY ($1::text[]) AND value = $2::text)
       OR (kind = 'hash' AND kind = ANY ($1::text[]) AND substring(keyed_hash FROM 1 FOR 16) = crm.block_key($2::text))
       OR (kind = 'contact' AND contact_id = $3::uuid)
       OR id = $3::uuid)
