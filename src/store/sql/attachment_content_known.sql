-- Purpose: which contents are stored already, so that they need not travel.
-- Parameters: $1 digests
-- Index: attachment_content_pkey
-- Lock: none
SELECT sha256 FROM crm.attachment_content WHERE sha256 = ANY($1::bytea[])
