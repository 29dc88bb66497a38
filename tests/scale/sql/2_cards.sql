-- Contacts with addresses, phones and companies; records and tickets.

INSERT INTO crm.contact (id, is_company, type, name, company, language, interests, origin, owner_id, office_id, stars, colour,
    stage_id, state, created_at, updated_at)
SELECT scale.id(at, n), n % 20 = 3, CASE WHEN n % 17 = 4 THEN 'collaborator' WHEN n % 50 = 9 THEN 'other' ELSE 'client' END,
    CASE WHEN n = 1234 THEN 'Zaza Quetzalcoatl' WHEN n % 20 = 3 THEN last || ' & ' || initcap(first) || ' Ltd' ELSE initcap(first) || ' ' || last END,
    CASE WHEN n % 3 = 1 THEN last || ' Holding' END,
    (ARRAY['es', 'en', 'de', 'fr', 'ca'])[1 + scale.pick(n, 14, 5, 2)],
    CASE WHEN n % 8 = 1 THEN ARRAY[(ARRAY['flats', 'houses', 'offices', 'land'])[1 + n / 8 % 4]] ELSE '{}' END,
    (ARRAY['mail', 'form', 'portal', 'desk', 'import'])[1 + scale.pick(n, 15, 5, 2)],
    scale.owner(n, scale.wanted('contacts')), CASE WHEN n % 5 = 0 THEN scale.key(1 + n % 10) END,
    CASE WHEN n % 10 = 1 THEN 1 + n % 3 ELSE 0 END, CASE WHEN n % 25 = 6 THEN 'red' END,
    CASE WHEN n % 17 <> 4 AND n % 50 <> 9 AND n % 6 = 1 THEN scale.key(1 + n % 4) END,
    CASE n % 40 WHEN 11 THEN 'won' WHEN 12 THEN 'lost' WHEN 13 THEN 'lost' WHEN 14 THEN 'inactive' ELSE 'open' END,
    at, least(at + interval '60 days' * scale.chance(n, 16), now())
FROM (SELECT n, scale.moment(n, scale.wanted('contacts'), 36) AS at,
          (ARRAY['ana', 'luis', 'maria', 'jose', 'carmen', 'david', 'laura', 'pablo', 'elena', 'jorge', 'lucia', 'ivan', 'marta', 'raul',
                 'sofia', 'hugo', 'nuria', 'diego', 'irene', 'oscar', 'john', 'emma', 'peter', 'sarah', 'hans', 'greta', 'klaus', 'heidi',
                 'pierre', 'claire', 'michel', 'julie', 'marco', 'giulia', 'piotr', 'agnieszka', 'olga', 'boris', 'noor', 'yuki'])
              [1 + scale.pick(n, 11, 40, 1)] AS first,
          (ARRAY['Gar', 'Mar', 'Lop', 'San', 'Per', 'Gom', 'Ruiz', 'Dia', 'Alv', 'Rom', 'Nav', 'Tor', 'Vaz', 'Ram', 'Gil', 'Ser', 'Bla', 'Mol',
                 'Mora', 'Sua', 'Ort', 'Del', 'Cas', 'Rub', 'Mir', 'Her', 'Cor', 'Igl', 'Med', 'Cabr', 'Schm', 'Mey', 'Web', 'Woj', 'Kow',
                 'Dup', 'Mor', 'Ber', 'Tay', 'Jon'])[1 + scale.pick(n, 12, 40, 2)]
          || (ARRAY['cia', 'tinez', 'ez', 'chez', 'era', 'res', 'ano', 'ela', 'ino', 'osa', 'ales', 'ibar', 'onso', 'uera', 'ado', 'illa',
                    'ero', 'ales', 'anda', 'eno', 'er', 'mann', 'stein', 'ski', 'cka', 'ont', 'eau', 'lor', 'son', 'ley'])
              [1 + scale.pick(n, 13, 30, 1)]
          || (ARRAY['', '', '', 'oa', 'uy', 'ix', 'ok', 'ef', 'um', 'az'])[1 + scale.pick(n, 17, 10, 1)] AS last
      FROM generate_series(1, scale.wanted('contacts')) AS n) AS made;

CREATE UNLOGGED TABLE scale.contact AS
SELECT (row_number() OVER (ORDER BY id)) AS n, id, owner_id,
    lower(regexp_replace(name, '[^A-Za-z]+', '.', 'g')) || row_number() OVER (ORDER BY id) || '@'
        || (ARRAY['gmail.test', 'hotmail.test', 'web.test', 'yahoo.test', 'work.test'])[1 + scale.pick(row_number() OVER (ORDER BY id), 18, 5, 2)] AS address
FROM crm.contact;
ALTER TABLE scale.contact ADD PRIMARY KEY (n);

INSERT INTO crm.contact_address (contact_id, address, shown) SELECT id, address, address FROM scale.contact WHERE n % 12 <> 0;
INSERT INTO crm.contact_address (contact_id, address, shown, position)
SELECT id, 'second.' || address, 'second.' || address, 1 FROM scale.contact WHERE n % 5 = 1;
INSERT INTO crm.contact_phone (contact_id, number) SELECT id, '+34' || 600000000 + n FROM scale.contact WHERE n % 5 <> 2;
-- Persons under the company before them.
INSERT INTO crm.contact_relation (person_id, company_id, job_title)
SELECT p.id, c.id, 'manager' FROM scale.contact p JOIN scale.contact c ON c.n = p.n / 20 * 20 + 3 WHERE p.n % 20 IN (7, 11);
INSERT INTO crm.contact_merge (id, contact_id, into_id, moved, merged_at)
SELECT scale.key(a.n), a.id, b.id, '{}', now() FROM scale.contact a JOIN scale.contact b ON b.n = a.n - 1 WHERE a.n % 500 = 401;
UPDATE crm.contact c SET merged_into = m.into_id, state = 'inactive' FROM crm.contact_merge m WHERE m.contact_id = c.id;
INSERT INTO crm.address_state (digest, address, soft_failures, off_at, reason)
SELECT crm.digest(address), address, 1, CASE WHEN n % 3 = 0 THEN now() END, CASE WHEN n % 3 = 0 THEN 'bounce' END FROM scale.contact WHERE n % 50 = 1;
INSERT INTO crm.consent (id, contact_id, purpose, evidence, given_at)
SELECT scale.key(n), id, 'news', 'form', now() FROM scale.contact WHERE n % 20 = 1;
INSERT INTO crm.block (id, kind, value, contact_id, scope, created_by, created_at, removed_at, removed_by)
SELECT scale.key(n), CASE WHEN n % 400 = 1 THEN 'address' ELSE 'contact' END, CASE WHEN n % 400 = 1 THEN 'spam' || n || '@bad.test' END,
    CASE WHEN n % 400 <> 1 THEN id END, 'inbox', 'agent' || 1 + n % 40, now(), CASE WHEN n % 7 = 0 THEN now() END, CASE WHEN n % 7 = 0 THEN 'adm' END
FROM scale.contact WHERE n % 200 = 1;

INSERT INTO crm.record (id, kind, code, series, external_reference, title, state, stage_id, owner_id, office_id, origin, created_at, updated_at, closed_at)
SELECT scale.id(at, n), kind, upper(kind) || '-' || n, upper(kind), CASE WHEN n % 4 = 1 THEN 'REF' || n END,
    (ARRAY['Flat', 'House', 'Attic', 'Studio', 'Office'])[1 + n % 5] || ' in street ' || n % 3000, state,
    CASE WHEN kind = 'lead' AND n % 3 = 1 THEN scale.key(5 + n % 4) END,
    scale.owner(n, scale.wanted('records')), CASE WHEN n % 5 = 0 THEN scale.key(1 + n % 10) END,
    (ARRAY['mail', 'form', 'portal', 'desk', 'import'])[1 + scale.pick(n, 25, 5, 2)], at, at, CASE WHEN state <> 'open' THEN at END
FROM (SELECT n, scale.moment(n, scale.wanted('records'), 36) AS at, CASE WHEN n % 10 < 7 THEN 'lead' ELSE 'deal' END AS kind,
          (ARRAY['lost', 'closed', 'won', 'open', 'lost'])[1 + scale.pick(n, 21, 5, 1)] AS state
      FROM generate_series(1, scale.wanted('records')) AS n) AS made;
CREATE UNLOGGED TABLE scale.record AS
SELECT r.n, r.id, c.n AS contact_n, c.id AS contact_id
FROM (SELECT row_number() OVER (ORDER BY id) AS n, id FROM crm.record) AS r
JOIN scale.contact c ON c.n = 1 + scale.pick(r.n, 22, scale.wanted('contacts'), 3);
INSERT INTO crm.record_party (record_id, contact_id) SELECT id, contact_id FROM scale.record;

INSERT INTO crm.ticket (id, code, series, subject, status, priority, contact_id, record_id, owner_id, office_id, inbox, created_at, updated_at, solved_at, closed_at)
SELECT scale.id(at, n), 'INC-' || n, 'INC', 'Broken boiler in street ' || n % 3000, status,
    (ARRAY['normal', 'high', 'low', 'urgent'])[1 + scale.pick(n, 26, 4, 2)], contact_id, CASE WHEN n % 9 = 1 THEN record_id END,
    scale.owner(n, most), CASE WHEN n % 5 = 0 THEN scale.key(1 + n % 10) END, 'help', at, at,
    CASE WHEN status IN ('solved', 'closed') THEN at END, CASE WHEN status = 'closed' THEN at END
FROM (SELECT t.n, scale.wanted('records') / 2 AS most, scale.moment(t.n, scale.wanted('records') / 2, 30) AS at, r.id AS record_id, r.contact_id,
          CASE WHEN t.n % 50 = 1 THEN 'new' WHEN t.n % 50 = 2 THEN 'open' WHEN t.n % 50 = 3 THEN 'pending' WHEN t.n % 50 = 4 THEN 'on_hold'
               WHEN t.n % 50 < 12 THEN 'solved' ELSE 'closed' END AS status
      FROM generate_series(1, scale.wanted('records') / 2) AS t (n) JOIN scale.record r ON r.n = 1 + scale.pick(t.n, 27, scale.wanted('records'), 1)) AS made;
UPDATE crm.series SET last = 100000000;
INSERT INTO crm.series (prefix, year, last) SELECT p, 0, 100000000 FROM unnest(ARRAY['LEAD', 'DEAL', 'INC']) AS p ON CONFLICT DO NOTHING;
