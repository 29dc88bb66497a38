-- Purpose: deletes, or only counts, a batch of an inbox's mail that no inbox keeps any longer; see V032.
-- Parameters: $1 keys of inboxes, $2 their days, $3 the inbox, $4 line to go on behind, $5 most lines, $6 whether only to count
-- Index: intake_inbox, intake_route, intake_duplicate, link_mail
-- Lock: what is deleted
SELECT last, mails, lines FROM crm.retain($1::text[], $2::integer[], $3::text, $4::uuid, $5::integer, $6::boolean)
