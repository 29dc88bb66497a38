-- Purpose: attachments of the mails of a batch.
-- Parameters: $1 mails, $2 positions, $3 names, $4 media types, $5 digests, $6 sizes
-- Index: attachment_pkey of the partition
-- Lock: none
INSERT INTO crm.attachment (mail_id, position, name, media_type, sha256, size)
SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::bytea[], $6::bigint[])
