-- Purpose: contents that are not stored yet.
-- Parameters: $1 digests, sorted and distinct, $2 contents
-- Index: attachment_content_pkey
-- Lock: rows, in the order of the digests
INSERT INTO crm.attachment_content (sha256, content)
SELECT * FROM unnest($1::bytea[], $2::bytea[])
ON CONFLICT DO NOTHING
