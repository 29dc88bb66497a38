-- What the generator leaves out, so that every filter meets something of everybody's, and much that stands on cards of
-- several holders: one may see a part of it and not the rest. The session is a superuser's, the triggers are at work.

-- A coordinator without permission for the inbox section, but with an inbox of the own office, another office and a team.
UPDATE crm.users SET inbox_permission = false WHERE login = 'coo1';
UPDATE crm.inbox SET office = 'Office 3' WHERE key = 'sales';
UPDATE crm.office SET coordinator_id = (SELECT id FROM crm.users WHERE login = 'coo1') WHERE name = 'Office 4';
INSERT INTO crm.team (id, name) VALUES (md5('team')::uuid, 'Team');
INSERT INTO crm.team_member (team_id, user_id)
SELECT md5('team')::uuid, id FROM crm.users WHERE login IN ('coo1', 'agent2', 'eve');

-- Mails of the same moments, without a Date field, or with one of later than the receipt.
INSERT INTO crm.mail (id, fingerprint, anonymous, source, direction, sent_at, received_at, recorded_at, mail_from, subject, text, language, filed_by, size)
SELECT crm.id_floor(date_trunc('month', now()) - interval '50 days' + n * interval '9 hours'), sha256(int8send(1000000 + n)), false,
    CASE n % 3 WHEN 0 THEN 'capture' ELSE 'inbox' END, 'in',
    CASE WHEN n IN (40, 41, 42) THEN '4700-01-01 BC' WHEN n % 4 = 0 THEN NULL WHEN n % 4 = 1 THEN now() + interval '1 day' ELSE date_trunc('day', now()) - interval '9 days' - n % 3 * interval '1 day' END,
    date_trunc('day', now()) - n % 5 * interval '1 day', now(), 'x@b.test', 'of the same moment', 'Our quetzal was seen in the garden.', 'en',
    CASE WHEN n % 7 = 0 THEN (SELECT id FROM crm.users WHERE login = 'eve') END, 100
FROM generate_series(1, 120) AS n;
SELECT crm.index_mails(1000);
INSERT INTO crm.intake (id, mail_id, spool_id, inbox, user_id, outcome, reason, door, received_at, mail_from)
SELECT md5(id::text)::uuid, id, id, (ARRAY['info', 'sales', 'help'])[1 + (hashtext(id::text) & 1)], filed_by, 'recorded', 'one', 'milter', received_at, mail_from
FROM crm.mail WHERE subject = 'of the same moment';

CREATE TEMP TABLE m AS SELECT (row_number() OVER (ORDER BY id)) AS n, id, subject FROM crm.mail;
CREATE TEMP TABLE holder AS SELECT (row_number() OVER (ORDER BY login)) - 1 AS k, id, login FROM crm.users
    WHERE login IN ('agent1', 'agent6', 'ann', 'eve');
CREATE TEMP TABLE c AS SELECT row_number() OVER (PARTITION BY owner_id ORDER BY id) AS n, id, owner_id FROM crm.contact WHERE merged_into IS NULL;
CREATE TEMP TABLE r AS SELECT row_number() OVER (PARTITION BY owner_id ORDER BY id) AS n, id, owner_id FROM crm.record;
CREATE TEMP TABLE t AS SELECT row_number() OVER (PARTITION BY owner_id ORDER BY id) AS n, id, owner_id FROM crm.ticket;

-- Mails on cards: one contact of everybody's has many.
INSERT INTO crm.link (mail_id, contact_id)
SELECT m.id, c.id FROM m JOIN holder h ON h.k = m.n / 5 % 4 JOIN c ON c.owner_id = h.id AND c.n = 1 + m.n % 3 * (m.n / 60 % 4)
WHERE m.n % 5 = 2 OR m.subject = 'of the same moment' AND m.n % 6 <> 0 ON CONFLICT DO NOTHING;
INSERT INTO crm.link (mail_id, record_id)
SELECT m.id, r.id FROM m JOIN holder h ON h.k = m.n / 10 % 4 JOIN r ON r.owner_id = h.id AND r.n = 1 + m.n / 40 % 2
WHERE m.n % 10 = 7 ON CONFLICT DO NOTHING;
INSERT INTO crm.link (mail_id, ticket_id)
SELECT m.id, t.id FROM m JOIN holder h ON h.k = m.n / 10 % 4 JOIN t ON t.owner_id = h.id AND t.n = 1
WHERE m.n % 20 = 7 ON CONFLICT DO NOTHING;
-- On cards of one holder alone.
INSERT INTO crm.link (mail_id, record_id)
SELECT m.id, r.id FROM m JOIN holder h ON h.k = m.n / 5 % 4 JOIN r ON r.owner_id = h.id AND r.n = 1
WHERE m.subject = 'of the same moment' AND m.n % 3 = 1 ON CONFLICT DO NOTHING;
INSERT INTO crm.link (mail_id, ticket_id)
SELECT m.id, t.id FROM m JOIN holder h ON h.k = m.n / 5 % 4 JOIN t ON t.owner_id = h.id AND t.n = 1
WHERE m.subject = 'of the same moment' AND m.n % 3 = 2 ON CONFLICT DO NOTHING;
-- And on nothing; what is locked keeps its links.
DELETE FROM crm.link WHERE mail_id IN (SELECT id FROM m WHERE n % 35 = 3 AND n % 22 <> 4)
    AND mail_id NOT IN (SELECT mail_id FROM crm.mail_handling WHERE locked_at IS NOT NULL);

-- Filed by people who see the card, or not; at several inboxes; waiting for a decision.
INSERT INTO crm.intake (id, mail_id, spool_id, inbox, detail, user_id, outcome, reason, door, received_at, mail_from)
SELECT md5('filed' || m.n)::uuid, m.id, md5('filed' || m.n)::uuid, (ARRAY['info', 'sales', 'help'])[1 + m.n % 3], 'filed', h.id, 'recorded', 'filed',
    'milter', now(), 'x@b.test'
FROM m JOIN holder h ON h.k = m.n / 15 % 4 WHERE m.n % 15 = 3;
INSERT INTO crm.intake (id, mail_id, spool_id, inbox, detail, user_id, outcome, reason, cause, door, received_at, mail_from, resolved_at)
SELECT md5('waits' || m.n)::uuid, m.id, md5('waits' || m.n)::uuid, (ARRAY['info', 'sales', 'help'])[1 + m.n / 5 % 3], 'waits',
    CASE WHEN m.n % 30 = 13 THEN h.id END, 'unresolved', 'several', 'manual', 'milter', now(), 'x@b.test', CASE WHEN m.n % 50 = 18 THEN now() END
FROM m JOIN holder h ON h.k = m.n / 10 % 4 WHERE m.n % 10 IN (3, 8);
INSERT INTO crm.intake (id, mail_id, spool_id, inbox, outcome, reason, door, received_at, mail_from)
SELECT md5('again' || m.n)::uuid, m.id, md5('again' || m.n)::uuid, (ARRAY['info', 'sales', 'help'])[1 + m.n / 5 % 3], 'duplicate', 'again', 'milter', now(), 'x@b.test'
FROM m WHERE m.n % 13 = 8;

INSERT INTO crm.mail_handling (mail_id, owner_id, locked_at)
SELECT m.id, h.id, CASE WHEN m.n % 22 = 4 THEN now() END FROM m JOIN holder h ON h.k = m.n / 11 % 4 WHERE m.n % 11 = 4 ON CONFLICT DO NOTHING;
INSERT INTO crm.party (mail_id, position, role, address, canonical)
SELECT id, 7, (ARRAY['sender', 'reply-to', 'bcc', 'cc'])[1 + n % 4], 'often@b.test', 'often@b.test' FROM m WHERE n % 3 = 1;
INSERT INTO crm.attachment (mail_id, position, name, media_type, sha256, size)
SELECT id, 9, 'x', 'text/plain', sha256(int8send(1)), 1 FROM m WHERE n % 17 = 2;

-- Work on two cards each, made by some, of others.
INSERT INTO crm.task (id, title, assigned_to, contact_id, record_id, ticket_id, due_at, created_by, completed_at)
SELECT md5('task' || s.n)::uuid, 'mixed', CASE WHEN s.n % 4 = 0 THEN (SELECT id FROM crm.users WHERE login = 'agent' || 1 + s.n % 9) END, c.id, r.id,
    CASE WHEN s.n % 6 = 0 THEN t.id END, CASE WHEN s.n % 3 > 0 THEN date_trunc('day', now()) + s.n % 9 * interval '1 day' END,
    CASE WHEN s.n % 5 = 0 THEN a.id END, CASE WHEN s.n % 2 = 0 THEN now() END
FROM generate_series(1, 240) AS s (n)
JOIN holder a ON a.k = s.n % 4 JOIN holder b ON b.k = s.n / 4 % 4
JOIN c ON c.owner_id = a.id AND c.n = 1 + s.n % 2 JOIN r ON r.owner_id = b.id AND r.n = 1 JOIN t ON t.owner_id = a.id AND t.n = 1;
INSERT INTO crm.activity (id, kind, title, owner_id, contact_id, record_id, ticket_id, mail_id, due_at, created_by, completed_at)
SELECT md5('activity' || id)::uuid, 'call', 'mixed', assigned_to, contact_id, record_id, ticket_id,
    (SELECT m.id FROM m WHERE m.n = 1 + (hashtext(task.id::text) & 2047)), due_at, created_by, completed_at
FROM crm.task WHERE title = 'mixed';
INSERT INTO crm.outbox (id, kind, state, mail_from, rcpt_to, message_id, subject, message, in_reply_to, contact_id, record_id, ticket_id, author_id)
SELECT md5('outbox' || id)::uuid, 'letter', 'queued', '', 'x@b.test', id::text, 'mixed', '{}',
    CASE WHEN hashtext(id::text) % 2 = 0 THEN mail_id END, CASE WHEN ticket_id IS NULL THEN contact_id END,
    CASE WHEN hashtext(id::text) % 3 = 0 THEN record_id END, ticket_id, coalesce(owner_id, created_by)
FROM crm.activity WHERE title = 'mixed';
INSERT INTO crm.contact_address (contact_id, address, shown, shared)
SELECT c.id, 'shared@b.test', 'shared@b.test', true FROM c JOIN holder h ON h.id = c.owner_id WHERE c.n = 2;
INSERT INTO crm.address_state (digest, address, off_at, reason)
SELECT crm.digest(address), address, date_trunc('day', now()) - row_number() OVER (ORDER BY address) % 40 * interval '1 hour', 'bounce'
FROM (SELECT DISTINCT address FROM crm.contact_address WHERE hashtext(address) % 4 = 0 OR address = 'shared@b.test') AS a
ON CONFLICT (digest) DO UPDATE SET off_at = excluded.off_at, reason = excluded.reason;
ANALYZE;
