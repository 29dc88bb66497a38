-- What people make: notes, tasks, activities, comments, news, handling; the outbox; the audit.

INSERT INTO crm.note (id, contact_id, author_id, text, pinned, created_at)
SELECT scale.id(now() - interval '1 minute' * n, n), id, scale.key(7 + n % 40), 'called, will call again', n % 50 = 0, now() FROM scale.contact WHERE n % 10 = 1;
INSERT INTO crm.note (id, record_id, author_id, text)
SELECT scale.key(100000000 + n), id, scale.key(7 + n % 40), 'price agreed' FROM scale.record WHERE n % 5 = 1;
INSERT INTO crm.note (id, mail_id, author_id, text)
SELECT scale.key(200000000 + n), id, scale.key(7 + n % 40), 'answered by telephone' FROM scale.mail WHERE n % 100 = 1;
INSERT INTO crm.note (id, ticket_id, author_id, text)
SELECT scale.key(300000000 + row_number() OVER ()), id, scale.key(7), 'plumber sent' FROM crm.ticket TABLESAMPLE SYSTEM (10) REPEATABLE (1);
INSERT INTO crm.note_version (note_id, replaced_at, text) SELECT id, now(), 'called' FROM crm.note WHERE pinned;

INSERT INTO crm.task (id, title, assigned_to, contact_id, record_id, due_at, created_by, created_at, completed_at)
SELECT scale.id(scale.moment(n, most, 24), n), 'Call back ' || n, scale.owner(n, most), CASE WHEN n % 2 = 0 THEN c.id END,
    CASE WHEN n % 2 = 1 THEN r.id END, CASE WHEN n % 5 <> 0 THEN scale.moment(n, most, 24) + interval '20 days' END, scale.key(7 + n % 40),
    scale.moment(n, most, 24), CASE WHEN n % 10 <> 9 THEN now() END
FROM (SELECT n, scale.wanted('contacts') / 10 AS most FROM generate_series(1, scale.wanted('contacts') / 10) AS n) AS made
JOIN scale.contact c USING (n) LEFT JOIN scale.record r USING (n);
INSERT INTO crm.activity (id, kind, title, owner_id, contact_id, mail_id, due_at, created_by, created_at, completed_at)
SELECT scale.id(at, n), CASE WHEN n % 3 = 0 THEN 'call' ELSE 'visit' END, 'Visit ' || n, scale.owner(n / 50, scale.wanted('mails') / 50), contact_id, id, at + interval '9 days',
    scale.key(7 + n % 40), at, CASE WHEN n % 12 <> 2 THEN at + interval '10 days' END
FROM scale.mail WHERE n % 50 = 2;
INSERT INTO crm.ticket_comment (id, ticket_id, is_public, author_id, text, created_at)
SELECT scale.id(created_at, row_number() OVER () * 4 + k), id, k = 0, scale.key(7), 'We are on it.', created_at FROM crm.ticket, generate_series(0, 1) AS k;
INSERT INTO crm.notification (id, user_id, kind, contact_id, mail_id, text, created_at, seen_at)
SELECT scale.id(at, n), coalesce(scale.owner(n / 10, scale.wanted('mails') / 10), scale.key(1)), 'mail', contact_id, id, 'Mail of a contact of yours', at,
    CASE WHEN n < scale.wanted('mails') * 0.95 THEN at END
FROM scale.mail WHERE n % 10 = 4;
INSERT INTO crm.mail_handling (mail_id, owner_id, locked_at, sent_at)
SELECT id, scale.owner(n / 20, scale.wanted('mails') / 20), CASE WHEN n % 200 = 6 THEN at END, coalesce(sent_at, at) FROM scale.mail WHERE n % 20 = 6;
INSERT INTO crm.outbox (id, kind, state, mail_from, rcpt_to, message_id, subject, message, in_reply_to, contact_id, author_id, attempts, next_at, created_at, settled_at)
SELECT scale.id(at, n), 'reply', CASE WHEN n % 1000 = 8 THEN 'dead' WHEN n > scale.wanted('mails') * 0.999 THEN 'queued' ELSE 'sent' END, '', address, '<o' || n || '@crm.test>',
    'Thank you', '{}', id, contact_id, CASE WHEN n % 20 = 8 THEN user_id END, 1, at, at, at
FROM scale.mail WHERE n % 10 = 8;
INSERT INTO crm.audit (at, db_role, as_role, user_id, action, entity, entity_id, change)
SELECT at, 'crm_desk', 'crm_u_agent' || 1 + n % 40, scale.key(7 + n % 40), 'update', 'contact', contact_id, '{"stars": [0, 1]}'
FROM scale.mail WHERE n % 10 = 5 ORDER BY n;
