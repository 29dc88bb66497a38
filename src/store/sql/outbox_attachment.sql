-- Purpose: the content of an attached file, if it is not larger than that.
-- Parameters: $1 its SHA-256, $2 most octets
-- Index: attachment_content_pkey
-- Lock: none
SELECT content FROM crm.attachment_content WHERE sha256 = $1::bytea AND octet_length(content) <= $2::bigint
