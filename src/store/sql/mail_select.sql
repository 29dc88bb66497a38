-- Purpose: ids of a page of mails by filter; see crm.mail_query.
-- Parameters: $1 filter as JSON, $2 order (recorded, sent, received), $3 whether the newest first, $4 behind this mail, $5 how many
-- Index: the one that the filter begins with: link_*, party_address, mail_access_*, intake_*_mail, mail_handling_*, mail_*
-- Lock: none
SELECT * FROM crm.mail_select($1::jsonb, $2::text, $3::boolean, $4::uuid, $5::integer)
