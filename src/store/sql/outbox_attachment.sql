-- Purpose: the content of an attached file.
-- Parameters: $1 its SHA-256
-- Index: attachment_content_pkey
-- Lock: none
SELECT content FROM crm.attachment_content WHERE sha256 = $1::bytea
