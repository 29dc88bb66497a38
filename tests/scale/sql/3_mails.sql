-- Mails with their bytes, correspondents, attachments, keys, words, links and lines of intake.

-- Three mails in ten are colleagues' own. The first contacts have very many: the first one about a hundredth of all.
CREATE UNLOGGED TABLE scale.mail AS
SELECT m.n, m.at, scale.id(m.at, m.n) AS id, c.n AS contact_n, c.id AS contact_id, c.address, m.n % 10 < 3 AS is_out,
    CASE WHEN m.n % 10 < 3 THEN coalesce(c.owner_id, scale.key(7 + m.n % 40)) END AS user_id,
    CASE WHEN m.n % 10 < 3 THEN 'crm' ELSE (ARRAY['info', 'sales', 'help'])[1 + scale.pick(m.n, 32, 3, 2)] END AS inbox,
    CASE WHEN m.n % 100 <> 1 THEN at - interval '1 hour' * scale.chance(m.n, 33) END AS sent_at,
    -- Stands on nothing.
    m.n % 200 = 13 AS is_loose
FROM (SELECT n, scale.moment(n, scale.wanted('mails'), 24) AS at FROM generate_series(1, scale.wanted('mails')) AS n) AS m
CROSS JOIN LATERAL (SELECT 1 + scale.pick(m.n, 31, scale.wanted('contacts'), 3) AS k OFFSET 0) AS picked
-- What came for one that was merged stands on the other.
JOIN scale.contact c ON c.n = picked.k - CASE WHEN picked.k % 500 = 401 THEN 1 ELSE 0 END;

INSERT INTO crm.mail (id, fingerprint, anonymous, source, direction, sent_at, received_at, recorded_at, mail_from, message_id, subject,
    text, new_text, language, filed_by, size)
SELECT m.id, sha256(int8send(m.n)), false, CASE WHEN is_out THEN 'assistant-bcc' WHEN m.n % 25 = 9 THEN 'capture' ELSE 'inbox' END,
    CASE WHEN is_out THEN 'out' ELSE 'in' END, m.sent_at, at, at,
    CASE WHEN is_out THEN 'someone@crm.test' ELSE address END, '<m' || m.n || '@b.test>', left(a.text, 40),
    a.text || ' ' || b.text || E'\n' || d.text || ' Our file F' || m.n % 50000 || '.', NULL,
    CASE WHEN m.n % 5 = 0 THEN 'es' ELSE 'en' END, user_id, 700
FROM scale.mail m
JOIN scale.sentence a ON a.n = scale.pick(m.n, 34, 4096, 1)
JOIN scale.sentence b ON b.n = scale.pick(m.n, 35, 4096, 1)
JOIN scale.sentence d ON d.n = scale.pick(m.n, 36, 4096, 1)
ORDER BY m.n;
INSERT INTO crm.mail_raw (mail_id, raw)
SELECT id, convert_to(format(E'Received: from b.test by crm.test with ESMTP id 4X%s\r\nFrom: <%s>\r\nTo: <%s@crm.test>\r\nSubject: %s\r\nMessage-ID: %s\r\nMIME-Version: 1.0\r\n\r\n%s\r\n',
    size, mail_from, direction, subject, message_id, text), 'UTF8')
FROM crm.mail ORDER BY id;
INSERT INTO crm.party (mail_id, position, role, name, address, canonical, contact_id, user_id)
SELECT m.id, p.position, CASE p.position WHEN 0 THEN 'from' WHEN 1 THEN 'to' ELSE 'cc' END, NULL, p.address, p.address,
    CASE WHEN p.address = m.address THEN m.contact_id END, CASE WHEN p.position = 0 THEN m.user_id END
FROM scale.mail m
CROSS JOIN LATERAL (VALUES (0, CASE WHEN is_out THEN 'agent' || 1 + m.n % 40 || '@crm.test' ELSE m.address END),
    (1, CASE WHEN is_out THEN m.address ELSE m.inbox || '@crm.test' END), (2, CASE WHEN m.n % 8 = 1 THEN 'cc' || m.n % 20000 || '@c.test' END)) AS p (position, address)
WHERE p.address IS NOT NULL
ORDER BY m.n, p.position;
INSERT INTO crm.attachment (mail_id, position, name, media_type, sha256, size)
SELECT id, 0, 'plan.pdf', 'application/pdf', sha256(int8send(n % 1000)), 20000 FROM scale.mail WHERE n % 6 = 1 ORDER BY n;
INSERT INTO crm.attachment_content (sha256, content) SELECT sha256(int8send(n)), convert_to(repeat('x', 2000), 'UTF8') FROM generate_series(0, 999) AS n;
INSERT INTO crm.mail_key (fingerprint, mail_id, received_at, anonymous) SELECT sha256(int8send(n)), id, at, false FROM scale.mail ORDER BY 1;
INSERT INTO crm.message_id_key (digest, mail_id) SELECT crm.digest('<m' || n || '@b.test>'), id FROM scale.mail ORDER BY 1;

-- On the contact; one in three on the contact's first record as well, one in ten on its first ticket.
INSERT INTO crm.link (mail_id, contact_id, linked_at, sent_at) SELECT id, contact_id, at, coalesce(sent_at, at) FROM scale.mail WHERE NOT is_loose ORDER BY n;
INSERT INTO crm.link (mail_id, record_id, linked_at, sent_at)
SELECT m.id, r.id, m.at, coalesce(m.sent_at, m.at) FROM scale.mail m JOIN (SELECT contact_n, min(id::text)::uuid AS id FROM scale.record GROUP BY 1) AS r USING (contact_n)
WHERE NOT is_loose AND m.n % 3 = 1 ORDER BY m.n;
INSERT INTO crm.link (mail_id, ticket_id, linked_at, sent_at)
SELECT m.id, t.id, m.at, coalesce(m.sent_at, m.at) FROM scale.mail m JOIN (SELECT contact_id, min(id::text)::uuid AS id FROM crm.ticket GROUP BY 1) AS t USING (contact_id)
WHERE NOT is_loose AND m.n % 10 = 7 ORDER BY m.n;

INSERT INTO crm.intake (id, mail_id, spool_id, inbox, user_id, outcome, reason, cause, candidates, owner_id, queue_id, door, received_at, recorded_at,
    mail_from, subject, resolved_at, resolution)
SELECT scale.id(m.at, m.n * 4), m.id, scale.id(m.at, m.n * 4), m.inbox, m.user_id, CASE WHEN is_loose THEN 'unresolved' ELSE 'recorded' END,
    CASE WHEN is_loose THEN 'several open records' ELSE 'contact known' END,
    CASE WHEN is_loose THEN CASE WHEN m.n % 400 = 13 THEN 'several-records' ELSE 'manual' END END,
    CASE WHEN is_loose THEN jsonb_build_array(jsonb_build_object('contact', m.contact_id)) ELSE '[]' END, NULL, '4X' || m.n, 'milter', m.at, m.at,
    m.address, 'subject ' || m.n, CASE WHEN is_loose AND m.n % 1000 <> 13 THEN m.at END, CASE WHEN is_loose AND m.n % 1000 <> 13 THEN 'done' END
FROM scale.mail m ORDER BY m.n;
-- The same mail once more, and what no mail was stored of.
INSERT INTO crm.intake (id, mail_id, spool_id, inbox, outcome, reason, door, received_at, recorded_at, mail_from, subject)
SELECT scale.id(m.at, m.n * 4 + 1), CASE WHEN m.n % 60 = 1 THEN m.id END, scale.id(m.at, m.n * 4 + 1), m.inbox,
    CASE WHEN m.n % 60 = 1 THEN 'duplicate' WHEN m.n % 120 = 31 THEN 'internal' ELSE 'blocked' END, 'seen before', 'milter', m.at, m.at, m.address, 'again'
FROM scale.mail m WHERE m.n % 30 = 1 ORDER BY m.n;
INSERT INTO crm.sighting (spool_id, recorded_at) SELECT scale.id(at, n * 4), at FROM scale.mail WHERE at > now() - interval '7 days' ORDER BY n;
-- The words, by the function that the search calls.
INSERT INTO crm.mail_search (mail_id, words) SELECT id, crm.mail_words(language, subject, text, note) FROM crm.mail;
