-- Who sees which mail, by the function that the triggers call; and its authors.

-- As the daemon has it: the table that it fills has no statistics yet.
SET enable_seqscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
DO $$
DECLARE
    mails uuid[];
    last uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    LOOP
        mails := ARRAY(SELECT id FROM crm.mail WHERE id > last ORDER BY id LIMIT 1000);
        EXIT WHEN mails = '{}';
        PERFORM crm.refresh_access(mails);
        last := mails[cardinality(mails)];
    END LOOP;
    PERFORM crm.ensure_scopes(ARRAY(SELECT DISTINCT 'author:' || user_id FROM crm.intake WHERE user_id IS NOT NULL));
END
$$;
RESET enable_seqscan;
RESET enable_hashjoin;
RESET enable_mergejoin;
INSERT INTO crm.mail_access (scope_id, sent_at, mail_id, author)
SELECT DISTINCT s.id, least(m.sent_at, m.received_at), m.id, true
FROM crm.intake i
JOIN crm.scope s ON s.author_id = i.user_id
JOIN crm.mail m ON m.id = i.mail_id
ON CONFLICT DO NOTHING;
