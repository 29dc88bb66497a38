-- Purpose: mails with these words that the caller may see, the newest first.
-- Parameters: $1 words, $2 how many, $3 before this id, $4 language or null
-- Index: mail_search_words of each month, mail_access_mail
-- Lock: rows of waiting mails, without waiting
SELECT mail_id FROM crm.search_mail($1::text, $2::integer, $3::uuid, $4::text)
