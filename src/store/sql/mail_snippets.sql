-- Purpose: where the words of a search stand in mails; the words are read as crm.search_mail reads them.
-- Parameters: $1 mails, $2 words, $3 language or null
-- Index: mail_pkey
-- Lock: none
SELECT m.id, ts_headline(q.spoken, left(m.text, 50000), websearch_to_tsquery(q.spoken, left($2::text, 1000)),
    'StartSel=«, StopSel=», MaxFragments=2, MaxWords=14, MinWords=5, FragmentDelimiter=" … "')
FROM (SELECT crm.words_of(coalesce($3::text, (SELECT u.language FROM crm.users u WHERE u.pg_role = current_user), 'en')) AS spoken) AS q
JOIN crm.mail m ON m.id = ANY ($1::uuid[])
