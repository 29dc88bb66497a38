-- Purpose: keeps a content that a user is going to attach; returns its digest.
-- Parameters: $1 content
-- Index: attachment_content_pkey, upload_pkey
-- Lock: the upload's row
SELECT crm.add_content($1)
