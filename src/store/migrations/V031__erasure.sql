-- A person's data goes when the person asks for it; what was counted, and a block's effect, stay.
--
-- An administrator, and nobody else, calls `erase_contact`. Of mail whose only outside party the person is, a stub
-- remains: when it came, how large it was, what it stood on. In other mail that party becomes nobody, and the body
-- waits for an administrator's decision (`erasure_pending`, `decide_erasure`), as does mail that only names the
-- person. Cards stay as stubs. All other text is registered in `personal_text`: of rows that belong to the person it
-- goes whole (`personal_row`), elsewhere the person's addresses, phones and full name are taken out of it. Whoever
-- adds a column of text adds it there; a test asks for it.
--
-- Addresses stay as keyed hashes only. By them a node knows mail that was received before the erasure and is
-- recorded after it (a spool, another node's, a retry), and the milter whom it refuses.
--
-- The tables that have no index for this are read whole: an erasure is rare and takes the time that it takes.

ALTER TABLE crm.mail ADD COLUMN erased_at timestamptz;
COMMENT ON COLUMN crm.mail.erased_at IS 'When its content was taken away; the rest is a stub.';

-- What an attachment is made of does not go while a new mail begins to have it; who comes just behind that stores it
-- again.
CREATE FUNCTION crm.hold_content() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    contents bytea[] := ARRAY(SELECT DISTINCT a.sha256 FROM added a);
BEGIN
    PERFORM FROM crm.attachment_content c WHERE c.sha256 = ANY (contents) ORDER BY c.sha256 FOR KEY SHARE;
    IF EXISTS (SELECT FROM unnest(contents) AS s
               WHERE EXISTS (SELECT FROM crm.erasure e WHERE e.sha256 = s)
                 AND NOT EXISTS (SELECT FROM crm.attachment_content c WHERE c.sha256 = s)) THEN
        RAISE EXCEPTION 'an attachment was just erased with the last mail that had it' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER hold_content AFTER INSERT ON crm.attachment
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.hold_content();

CREATE TABLE crm.erased_address (
    -- crm.block_key() of the canonical address.
    key bytea PRIMARY KEY,
    erased_at timestamptz NOT NULL
);
CREATE INDEX erased_address_at ON crm.erased_address (erased_at);
GRANT SELECT ON crm.erased_address TO crm_daemon;

CREATE TABLE crm.erasure_pending (
    mail_id uuid PRIMARY KEY,
    -- The stub of the erased person; null for mail that came later.
    contact_id uuid REFERENCES crm.contact,
    -- The person was one party of several; is only named; was a party of a mail that came late.
    cause text NOT NULL CHECK (cause IN ('party', 'mention', 'late')),
    since timestamptz NOT NULL DEFAULT now(),
    decision text CHECK (decision IN ('delete', 'keep')),
    decided_by uuid REFERENCES crm.users,
    decided_at timestamptz
);
CREATE INDEX erasure_pending_open ON crm.erasure_pending (mail_id) WHERE decision IS NULL;
ALTER TABLE crm.erasure_pending ENABLE ROW LEVEL SECURITY;
CREATE POLICY administrator ON crm.erasure_pending FOR SELECT TO crm_administrator USING ((SELECT crm.sees_all()));
GRANT SELECT ON crm.erasure_pending TO crm_administrator;

-- Text in which anybody may be named.
CREATE TABLE crm.personal_text (
    table_name text NOT NULL,
    column_name text NOT NULL,
    PRIMARY KEY (table_name, column_name)
);
INSERT INTO crm.personal_text VALUES ('activity', 'title'), ('audit', 'change'), ('audit', 'key'), ('block', 'reason'),
    ('consent', 'address'), ('consent', 'evidence'), ('contact_merge', 'moved'), ('contact_relation', 'job_title'),
    ('intake', 'assignment'), ('intake', 'detail'), ('intake', 'mail_from'), ('intake', 'reason'), ('intake', 'resolution'),
    ('intake', 'subject'), ('note', 'text'), ('note_version', 'text'), ('notification', 'text'),
    ('outbox', 'error'), ('outbox', 'mail_from'), ('outbox', 'message'), ('outbox', 'rcpt_to'), ('outbox', 'reply'), ('outbox', 'subject'),
    ('record', 'external_reference'), ('record', 'fields'), ('record', 'title'), ('record_party', 'role'),
    ('task', 'title'), ('ticket', 'subject'), ('ticket_comment', 'text');

-- Which of their rows are the person's: $1 contacts, $2 canonical addresses, $3 records and $4 tickets of nobody else,
-- $5 mails of nobody else.
CREATE TABLE crm.personal_row (
    table_name text PRIMARY KEY,
    condition text NOT NULL
);
INSERT INTO crm.personal_row VALUES
    ('activity', 'contact_id = ANY ($1) OR record_id = ANY ($3) OR ticket_id = ANY ($4) OR mail_id = ANY ($5)'),
    ('consent', 'contact_id = ANY ($1) OR lower(address) = ANY ($2)'),
    ('contact_merge', 'contact_id = ANY ($1) OR into_id = ANY ($1)'),
    ('intake', 'mail_id = ANY ($5) OR lower(mail_from) = ANY ($2)'),
    ('note', 'contact_id = ANY ($1) OR record_id = ANY ($3) OR ticket_id = ANY ($4) OR mail_id = ANY ($5)'),
    ('note_version', 'note_id IN (SELECT n.id FROM crm.note n WHERE n.contact_id = ANY ($1) OR n.record_id = ANY ($3)
        OR n.ticket_id = ANY ($4) OR n.mail_id = ANY ($5))'),
    ('notification', 'contact_id = ANY ($1) OR record_id = ANY ($3) OR ticket_id = ANY ($4) OR mail_id = ANY ($5)'),
    ('outbox', 'contact_id = ANY ($1) OR record_id = ANY ($3) OR ticket_id = ANY ($4) OR in_reply_to = ANY ($5)
        OR lower(rcpt_to) = ANY ($2)'),
    ('record', 'id = ANY ($3)'),
    ('record_party', 'contact_id = ANY ($1)'),
    ('task', 'contact_id = ANY ($1) OR record_id = ANY ($3) OR ticket_id = ANY ($4)'),
    ('ticket', 'id = ANY ($4)'),
    ('ticket_comment', 'ticket_id = ANY ($4)');

-- The administrator at it. As functions of the owner run as the owner, it is the role that the session has taken on.
CREATE FUNCTION crm.acting_administrator() RETURNS uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who uuid := (SELECT u.id FROM crm.users u WHERE u.pg_role = crm.caller()::text AND u.role = 'administrator'
                 AND u.deactivated_at IS NULL);
BEGIN
    IF who IS NULL THEN
        RAISE EXCEPTION '% is no administrator', crm.caller() USING ERRCODE = 'insufficient_privilege',
            HINT = 'An administrator does it by name: crmctl --as LOGIN.';
    END IF;
    RETURN who;
END
$$;

-- The contact, and all that were ever merged into it.
CREATE FUNCTION crm.person_contacts(contact uuid) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE up AS (
        SELECT c.id, c.merged_into FROM crm.contact c WHERE c.id = person_contacts.contact
        UNION SELECT c.id, c.merged_into FROM up JOIN crm.contact c ON c.id = up.merged_into
    ), down AS (
        SELECT id FROM up WHERE merged_into IS NULL
        UNION SELECT c.id FROM down JOIN crm.contact c ON c.merged_into = down.id
    )
    SELECT ARRAY(SELECT id FROM down ORDER BY id)
$$;

-- Addresses that these have, or had, and nobody else has.
CREATE FUNCTION crm.person_addresses(ids uuid[]) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY(
        SELECT address FROM (
            SELECT address FROM crm.contact_address WHERE contact_id = ANY (ids)
            UNION
            SELECT p.canonical FROM crm.link l JOIN crm.party p ON p.mail_id = l.mail_id
            WHERE l.contact_id = ANY (ids) AND p.contact_id = ANY (ids)
            UNION
            SELECT a.change ->> 'address' FROM crm.audit a
            WHERE a.entity = 'contact_address' AND a.change ->> 'contact_id' = ANY (ids::text[])) AS had
        WHERE address IS NOT NULL
          AND NOT EXISTS (SELECT FROM crm.contact_address other
                          WHERE other.digest = crm.digest(had.address) AND other.contact_id <> ALL (ids))
          AND NOT EXISTS (SELECT FROM crm.user_address u WHERE u.address = had.address)
        ORDER BY address)
$$;

-- Mails that have to do with a person: whether the person is a party, and whether others outside are. `own` and
-- `domains` are the company's addresses and domains.
CREATE FUNCTION crm.person_mails(ids uuid[], addresses text[], records uuid[], tickets uuid[], own text[], domains text[])
    RETURNS TABLE (mail_id uuid, party boolean, others boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = on AS $$
    WITH found AS (
        SELECT p.mail_id FROM crm.party p WHERE p.canonical = ANY (addresses)
        UNION SELECT l.mail_id FROM crm.link l WHERE l.contact_id = ANY (ids)
        UNION SELECT l.mail_id FROM crm.link l WHERE l.record_id = ANY (records)
        UNION SELECT l.mail_id FROM crm.link l WHERE l.ticket_id = ANY (tickets)
        UNION SELECT i.mail_id FROM crm.intake i WHERE i.mail_id IS NOT NULL AND lower(i.mail_from) = ANY (addresses)
    )
    SELECT m.id, t.is_party,
        EXISTS (SELECT FROM crm.party p
                WHERE p.mail_id = m.id AND p.user_id IS NULL AND p.canonical <> ALL (addresses) AND p.canonical <> ALL (own)
                  AND substring(p.canonical FROM '@([^@]*)$') <> ALL (domains))
        OR NOT t.is_party AND EXISTS (SELECT FROM crm.link l WHERE l.mail_id = m.id AND l.contact_id <> ALL (ids))
    FROM found f
    JOIN crm.mail m ON m.id = f.mail_id
    CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT FROM crm.party p WHERE p.mail_id = m.id AND p.canonical = ANY (addresses))
            OR lower(m.mail_from) = ANY (addresses) AS is_party) AS t
    WHERE m.erased_at IS NULL
    ORDER BY m.id
$$;

-- Full names that these have or had. One word alone is too many people's name, and so is a colleague's.
CREATE FUNCTION crm.person_names(ids uuid[]) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY(
        SELECT n.name
        FROM (SELECT btrim(name) FROM crm.contact WHERE id = ANY (ids) AND erased_at IS NULL
              UNION SELECT btrim(coalesce(a.change #>> '{name,0}', a.change ->> 'name')) FROM crm.audit a
              WHERE a.entity = 'contact' AND a.entity_id = ANY (ids)) AS n (name)
        WHERE n.name ~ '\S\s+\S' AND length(n.name) >= 6
          AND NOT EXISTS (SELECT FROM crm.users u WHERE lower(u.name) = lower(n.name))
        ORDER BY n.name)
$$;

-- A regular expression for what names a person in any text: addresses with any detail, phones in any writing, with
-- and without their country's code, and the words: names, and what else the administrator says.
CREATE FUNCTION crm.person_pattern(ids uuid[], addresses text[], words text[]) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH plain (text) AS (
        SELECT a.shown FROM crm.contact_address a WHERE a.contact_id = ANY (ids) AND a.address = ANY (addresses)
        UNION SELECT w FROM unnest(words) AS w WHERE btrim(w) <> ''
    ), escaped AS (
        SELECT regexp_replace(regexp_replace(btrim(v.text), '([].^$*+?(){}|\\[-])', '\\\1', 'g'), '\s+', '[[:space:]]+', 'g') AS part
        FROM plain CROSS JOIN LATERAL (VALUES (plain.text), (btrim(to_json(plain.text)::text, '"'))) AS v (text)
        UNION
        SELECT regexp_replace(substring(a FROM '^(.*)@'), '([].^$*+?(){}|\\[-])', '\\\1', 'g') || '(?:\+[^@[:space:]<>"]{0,64})?@'
            || regexp_replace(substring(a FROM '@([^@]*)$'), '([].^$*+?(){}|\\[-])', '\\\1', 'g')
        FROM unnest(addresses) AS a WHERE a LIKE '_%@_%'
    ), digits AS (
        SELECT regexp_replace(split_part(p.number, ';', 1), '\D', '', 'g') AS d FROM crm.contact_phone p
        WHERE p.contact_id = ANY (ids)
    )
    SELECT string_agg(part, '|') FROM (
        SELECT format('(?<![[:alnum:]._%%+-])(?:%s)(?![[:alnum:]-]|\.[[:alnum:]])', string_agg(part, '|' ORDER BY part)) AS part
        FROM escaped HAVING count(*) > 0
        UNION ALL
        SELECT format('(?<![0-9])\+?0{0,2}(?:%s)(?![0-9])',
            string_agg(DISTINCT regexp_replace(substr(d, dropped + 1), '(\d)(?=\d)', '\1[-[:space:]./()]{0,3}', 'g'), '|'))
        FROM digits, generate_series(0, 3) AS dropped
        WHERE length(d) - dropped >= 8 HAVING count(*) > 0) AS parts
$$;

-- Takes away the content of mails, and of their attachments what no other mail has. Needs its caller's right.
CREATE FUNCTION crm.take_mails(mails uuid[], who uuid, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    contents bytea[];
BEGIN
    INSERT INTO crm.erasure (user_id, reason, mail_id) SELECT who, why, m FROM unnest(mails) AS m;
    contents := ARRAY(SELECT DISTINCT a.sha256 FROM crm.attachment a WHERE a.mail_id = ANY (mails));
    -- Waits for whoever just begins to have them, and only then looks who has.
    PERFORM FROM crm.attachment_content c WHERE c.sha256 = ANY (contents) ORDER BY c.sha256 FOR UPDATE;
    DELETE FROM crm.attachment WHERE mail_id = ANY (mails);
    contents := ARRAY(SELECT s FROM unnest(contents) AS s WHERE NOT EXISTS (SELECT FROM crm.attachment a WHERE a.sha256 = s));
    INSERT INTO crm.erasure (user_id, reason, sha256) SELECT who, why, s FROM unnest(contents) AS s;
    DELETE FROM crm.attachment_content WHERE sha256 = ANY (contents);
    DELETE FROM crm.mail_raw WHERE mail_id = ANY (mails);
    DELETE FROM crm.message_id_key k USING crm.mail m
    WHERE m.id = ANY (mails) AND k.digest = crm.digest(btrim(m.message_id)) AND k.mail_id = m.id;
    UPDATE crm.mail SET subject = '(erased)', text = '', new_text = NULL, note = NULL, unparsed = NULL, findings = '[]',
        message_id = NULL, erased_at = now()
    WHERE id = ANY (mails);
    UPDATE crm.intake SET subject = '(erased)' WHERE mail_id = ANY (mails) AND subject IS NOT NULL;
    -- First the queue: whoever is at the words of one of them has finished then.
    DELETE FROM crm.search_queue WHERE mail_id = ANY (mails);
    DELETE FROM crm.mail_search WHERE mail_id = ANY (mails);
END
$$;

-- Blocks of a person become keyed hashes; what has ended loses its text.
CREATE FUNCTION crm.erase_blocks(ids uuid[], addresses text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO crm.block (id, kind, keyed_hash, scope, created_by, created_at)
    SELECT gen_random_uuid(), 'hash', crm.block_key(held.address), min(held.scope), min(held.created_by), min(held.created_at)
    FROM (SELECT a.address, b.scope, b.created_by, b.created_at
          FROM crm.block b JOIN crm.contact_address a ON a.contact_id = b.contact_id
          WHERE b.contact_id = ANY (ids) AND b.kind = 'contact' AND b.removed_at IS NULL
          UNION ALL
          SELECT b.value, b.scope, b.created_by, b.created_at FROM crm.block b
          WHERE b.kind = 'address' AND b.value = ANY (addresses) AND b.removed_at IS NULL) AS held
    GROUP BY held.address
    ON CONFLICT (substring(keyed_hash FROM 1 FOR 16)) WHERE removed_at IS NULL AND kind = 'hash'
        DO UPDATE SET scope = 'all' WHERE excluded.scope = 'all';
    UPDATE crm.block SET removed_at = coalesce(removed_at, now()), removed_by = coalesce(removed_by, 'erasure'), value = NULL,
        contact_id = NULL, reason = NULL
    WHERE contact_id = ANY (ids) OR kind = 'address' AND value = ANY (addresses);
$$;

-- Text of the person's rows goes; elsewhere what names the person. Returns how many rows were the person's, by table,
-- and how many texts elsewhere named the person.
CREATE FUNCTION crm.erase_text(ids uuid[], addresses text[], records uuid[], tickets uuid[], mails uuid[], pattern text)
    RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = on AS $$
DECLARE
    part record;
    related uuid[] := ids;
    more uuid[];
    rows bigint;
    elsewhere bigint := 0;
    counts jsonb := '{}';
BEGIN
    FOR part IN
        SELECT r.table_name, r.condition, bool_or(k.attname IS NOT NULL) AS has_id,
            string_agg(format('%I = %L', t.column_name, CASE WHEN a.atttypid = 'jsonb'::regtype THEN '{}'
                WHEN a.attnotnull THEN '(erased)' END), ', ') AS blanks
        FROM crm.personal_row r
        JOIN crm.personal_text t USING (table_name)
        JOIN pg_attribute a ON a.attrelid = format('crm.%I', t.table_name)::regclass AND a.attname = t.column_name
        LEFT JOIN pg_attribute k ON k.attrelid = a.attrelid AND k.attname = 'id' AND k.atttypid = 'uuid'::regtype
        GROUP BY r.table_name, r.condition ORDER BY r.table_name DESC
    LOOP
        IF part.has_id THEN
            EXECUTE format('SELECT array_agg(id) FROM crm.%I WHERE %s', part.table_name, part.condition)
                INTO more USING ids, addresses, records, tickets, mails;
            related := related || more;
        END IF;
        EXECUTE format('UPDATE crm.%I SET %s WHERE %s', part.table_name, part.blanks, part.condition)
            USING ids, addresses, records, tickets, mails;
        GET DIAGNOSTICS rows = ROW_COUNT;
        IF rows > 0 THEN
            counts := counts || jsonb_build_object(part.table_name, rows);
        END IF;
    END LOOP;
    UPDATE crm.audit SET change = '{}', key = key - 'address' - 'number'
    WHERE entity_id = ANY (related) OR change ->> 'contact_id' = ANY (ids::text[]) OR key ->> 'contact_id' = ANY (ids::text[])
       OR entity = 'address_state' AND (change ->> 'address' = ANY (addresses) OR key ->> 'address' = ANY (addresses));
    IF pattern IS NOT NULL THEN
        FOR part IN
            SELECT t.*, a.atttypid = 'jsonb'::regtype AS is_json FROM crm.personal_text t
            JOIN pg_attribute a ON a.attrelid = format('crm.%I', t.table_name)::regclass AND a.attname = t.column_name
        LOOP
            EXECUTE format(CASE WHEN part.is_json
                THEN 'UPDATE crm.%1$I SET %2$I = regexp_replace(%2$I::text, $1, ''(erased)'', ''gi'')::jsonb WHERE %2$I::text ~* $1'
                ELSE 'UPDATE crm.%1$I SET %2$I = regexp_replace(%2$I, $1, ''(erased)'', ''gi'') WHERE %2$I ~* $1' END,
                part.table_name, part.column_name) USING pattern;
            GET DIAGNOSTICS rows = ROW_COUNT;
            elsewhere := elsewhere + CASE WHEN part.table_name = 'audit' THEN 0 ELSE rows END;
        END LOOP;
        DELETE FROM crm.lead_count WHERE key ~* pattern;
    END IF;
    RETURN jsonb_build_object('rows', counts, 'elsewhere', elsewhere);
END
$$;

-- What is under way ends.
CREATE FUNCTION crm.erase_work(ids uuid[], addresses text[], records uuid[], tickets uuid[], mails uuid[], who uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = on AS $$
    UPDATE crm.outbox SET state = 'cancelled', settled_at = now()
    WHERE state = 'queued' AND (contact_id = ANY (ids) OR lower(rcpt_to) = ANY (addresses));
    UPDATE crm.task SET completed_at = now(), completed_by = who WHERE completed_at IS NULL AND contact_id = ANY (ids);
    UPDATE crm.activity SET completed_at = now(), completed_by = who WHERE completed_at IS NULL AND contact_id = ANY (ids);
    UPDATE crm.notification SET seen_at = now() WHERE seen_at IS NULL AND (contact_id = ANY (ids) OR mail_id = ANY (mails));
    UPDATE crm.intake SET resolved_at = now(), resolved_by = who, resolution = 'erased'
    WHERE outcome = 'unresolved' AND resolved_at IS NULL AND mail_id = ANY (mails);
$$;

CREATE FUNCTION crm.erase_contact(contact uuid, own text[], domains text[], also text[], spare_name boolean) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who uuid := crm.acting_administrator();
    ids uuid[] := crm.person_contacts(contact);
    began bigint := coalesce((SELECT max(id) FROM crm.audit), 0);
    addresses text[];
    shared text[];
    names text[];
    pattern text;
    records uuid[];
    tickets uuid[];
    all_mails uuid[];
    sole uuid[];
    several uuid[];
    named uuid[];
    phrases tsquery;
    counts jsonb;
BEGIN
    IF NOT EXISTS (SELECT FROM crm.contact c WHERE c.id = ANY (ids) AND c.erased_at IS NULL) THEN
        RAISE EXCEPTION 'contact % is not there, or was erased before', contact USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    -- Whoever is filing something on the person has finished after this, or begins anew and finds nobody.
    PERFORM FROM crm.contact c WHERE c.id = ANY (ids) ORDER BY c.id FOR UPDATE;
    ids := crm.person_contacts(contact);
    addresses := crm.person_addresses(ids);
    shared := ARRAY(SELECT a.address FROM crm.contact_address a WHERE a.contact_id = ANY (ids) AND a.address <> ALL (addresses));
    names := CASE WHEN spare_name THEN '{}' ELSE crm.person_names(ids) END || coalesce(also, '{}');
    pattern := crm.person_pattern(ids, addresses, names);
    records := ARRAY(SELECT p.record_id FROM crm.record_party p WHERE p.contact_id = ANY (ids)
                     AND NOT EXISTS (SELECT FROM crm.record_party o WHERE o.record_id = p.record_id AND o.contact_id <> ALL (ids)));
    tickets := ARRAY(SELECT t.id FROM crm.ticket t WHERE t.contact_id = ANY (ids));
    WHILE crm.index_mails(1000) > 0 LOOP
    END LOOP;
    SELECT array_agg(m.mail_id), array_agg(m.mail_id) FILTER (WHERE NOT m.others), array_agg(m.mail_id) FILTER (WHERE m.party AND m.others),
        array_agg(m.mail_id) FILTER (WHERE NOT m.party AND m.others)
    INTO all_mails, sole, several, named
    FROM crm.person_mails(ids, addresses, records, tickets, own, domains) AS m;
    all_mails := coalesce(all_mails, '{}');
    sole := coalesce(sole, '{}');
    several := coalesce(several, '{}');
    SELECT string_agg('(' || q || ')', ' | ')::tsquery INTO phrases
    FROM (SELECT phraseto_tsquery('pg_catalog.simple'::regconfig, w)::text AS q
          FROM unnest(addresses || names) AS w) AS q
    WHERE q <> '';
    IF phrases IS NOT NULL THEN
        named := named || ARRAY(SELECT s.mail_id FROM crm.mail_search s WHERE s.words @@ phrases AND s.mail_id <> ALL (all_mails));
    END IF;
    named := coalesce(named, '{}');

    PERFORM crm.take_mails(sole, who, 'contact ' || ids[1]);
    INSERT INTO crm.erasure (user_id, reason, mail_id) SELECT who, 'party of ' || ids[1], m FROM unnest(several) AS m;
    UPDATE crm.party SET name = NULL, address = NULL, canonical = NULL, contact_id = coalesce(contact_id, ids[1])
    WHERE mail_id = ANY (sole || several) AND (canonical = ANY (addresses) OR contact_id = ANY (ids));
    UPDATE crm.mail SET mail_from = '(erased)' WHERE id = ANY (sole || several) AND mail_from ~* pattern;
    INSERT INTO crm.erasure_pending AS p (mail_id, contact_id, cause)
    SELECT m, ids[1], 'party' FROM unnest(several) AS m UNION ALL SELECT DISTINCT m, ids[1], 'mention' FROM unnest(named) AS m
    ON CONFLICT (mail_id) DO UPDATE SET contact_id = excluded.contact_id, cause = excluded.cause, since = now(),
        decision = NULL, decided_by = NULL, decided_at = NULL;

    PERFORM crm.erase_blocks(ids, addresses);
    PERFORM crm.erase_work(ids, addresses, records, tickets, sole, who);
    UPDATE crm.address_state SET address = NULL WHERE digest = ANY (ARRAY(SELECT crm.digest(a) FROM unnest(addresses) AS a));
    DELETE FROM crm.contact_address WHERE contact_id = ANY (ids);
    DELETE FROM crm.contact_phone WHERE contact_id = ANY (ids);
    DELETE FROM crm.contact_relation WHERE person_id = ANY (ids) OR company_id = ANY (ids);
    UPDATE crm.contact SET name = '(erased)', company = NULL, job_title = NULL, interests = '{}', colour = NULL, emoji = NULL,
        erased_at = now(), updated_at = now()
    WHERE id = ANY (ids) AND erased_at IS NULL;
    counts := crm.erase_text(ids, addresses, records, tickets, sole, pattern);
    INSERT INTO crm.erased_address (key, erased_at) SELECT crm.block_key(a), clock_timestamp() FROM unnest(addresses) AS a
    ON CONFLICT (key) DO UPDATE SET erased_at = excluded.erased_at;

    -- What the triggers have just noted holds what was to go. One line says it all.
    DELETE FROM crm.audit WHERE id > began AND xmin = pg_current_xact_id()::xid;
    counts := jsonb_build_object('mails_erased', cardinality(sole), 'mails_pending', cardinality(several) + cardinality(named))
        || counts;
    INSERT INTO crm.audit (as_role, user_id, operator, action, entity, entity_id, change)
    VALUES (crm.caller(), who, left(nullif(current_setting('crm.operator', true), ''), 200), 'erase', 'contact', ids[1], counts);
    RETURN counts || jsonb_build_object('contact', ids[1], 'addresses', addresses, 'shared', shared, 'words', names);
END
$$;
COMMENT ON FUNCTION crm.erase_contact(uuid, text[], text[], text[], boolean) IS
    'Erases a person, for an administrator: the contact, the company''s own addresses and domains, more text that names the person, whether the name stays in others'' texts.';

-- The decision on bodies in which an erased person stands beside others.
CREATE FUNCTION crm.decide_erasure(mails uuid[], content text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who uuid := crm.acting_administrator();
    began bigint := coalesce((SELECT max(id) FROM crm.audit), 0);
    open uuid[];
BEGIN
    WITH decided AS (
        UPDATE crm.erasure_pending SET decision = content, decided_by = who, decided_at = now()
        WHERE mail_id = ANY (mails) AND decision IS NULL RETURNING mail_id)
    SELECT coalesce(array_agg(mail_id), '{}') INTO open FROM decided;
    IF content = 'delete' THEN
        PERFORM crm.take_mails(open, who, 'decision on a body');
    END IF;
    UPDATE crm.intake SET resolved_at = now(), resolved_by = who, resolution = content || ' the body'
    WHERE mail_id = ANY (open) AND cause = 'erased-party' AND resolved_at IS NULL;
    DELETE FROM crm.audit WHERE id > began AND xmin = pg_current_xact_id()::xid;
    INSERT INTO crm.audit (as_role, user_id, operator, action, entity, entity_id, change)
    SELECT crm.caller(), who, left(nullif(current_setting('crm.operator', true), ''), 200), 'erase', 'mail', m,
        jsonb_build_object('body', content)
    FROM unnest(open) AS m;
    RETURN cardinality(open);
END
$$;
COMMENT ON FUNCTION crm.decide_erasure(uuid[], text) IS
    'Whether the bodies of pending mails are deleted or kept, for an administrator: mails, delete or keep; returns how many.';

-- Nothing is filed on whom somebody has just erased: whoever was about to looks again.
CREATE FUNCTION crm.refuse_erased() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone timestamptz;
BEGIN
    SELECT c.erased_at INTO gone FROM crm.contact c WHERE c.id = NEW.contact_id FOR KEY SHARE;
    IF gone IS NOT NULL THEN
        RAISE EXCEPTION 'contact % was erased', NEW.contact_id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NEW;
END
$$;
DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['link', 'record_party', 'ticket', 'note', 'task', 'activity', 'notification', 'consent',
                                   'contact_address', 'contact_phone', 'outbox', 'block'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_erased BEFORE INSERT ON crm.%I FOR EACH ROW
            WHEN (NEW.contact_id IS NOT NULL) EXECUTE FUNCTION crm.refuse_erased()', guarded);
    END LOOP;
END
$$;

-- The stub keeps what is counted, and may be handed to another colleague.
CREATE FUNCTION crm.keep_erased() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF to_jsonb(NEW) - ARRAY['owner_id', 'office_id', 'updated_at'] <> to_jsonb(OLD) - ARRAY['owner_id', 'office_id', 'updated_at'] THEN
        RAISE EXCEPTION 'contact % was erased and stays as it is', OLD.id USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_erased BEFORE UPDATE ON crm.contact
    FOR EACH ROW WHEN (OLD.erased_at IS NOT NULL) EXECUTE FUNCTION crm.keep_erased();

-- What came late and has other parties waits for a decision, too.
ALTER TABLE crm.intake DROP CONSTRAINT intake_outcome_check;
ALTER TABLE crm.intake ADD CONSTRAINT intake_outcome_check CHECK (outcome IN ('recorded', 'duplicate', 'internal', 'spam',
    'automatic', 'bounce', 'blocked', 'unresolved', 'failed', 'erased'));
COMMENT ON COLUMN crm.crm_intakes.outcome IS 'recorded, duplicate, internal, spam, automatic, bounce, blocked, unresolved, failed or erased.';
CREATE FUNCTION crm.late_of_erased() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO crm.erasure_pending (mail_id, cause) VALUES (NEW.mail_id, 'late') ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER late_of_erased AFTER INSERT ON crm.intake
    FOR EACH ROW WHEN (NEW.cause = 'erased-party' AND NEW.mail_id IS NOT NULL) EXECUTE FUNCTION crm.late_of_erased();

-- News are each user's own, of an administrator's too; what they say of a person belongs to the person's export.
CREATE FUNCTION crm.person_news(ids uuid[], records uuid[], tickets uuid[]) RETURNS SETOF crm.notification
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM crm.acting_administrator();
    RETURN QUERY SELECT n.* FROM crm.notification n
        WHERE n.contact_id = ANY (ids) OR n.record_id = ANY (records) OR n.ticket_id = ANY (tickets);
END
$$;

REVOKE EXECUTE ON FUNCTION crm.acting_administrator(), crm.person_contacts(uuid), crm.person_addresses(uuid[]),
    crm.person_mails(uuid[], text[], uuid[], uuid[], text[], text[]), crm.person_news(uuid[], uuid[], uuid[]), crm.person_pattern(uuid[], text[], text[]), crm.person_names(uuid[]),
    crm.take_mails(uuid[], uuid, text), crm.erase_blocks(uuid[], text[]),
    crm.erase_text(uuid[], text[], uuid[], uuid[], uuid[], text), crm.erase_work(uuid[], text[], uuid[], uuid[], uuid[], uuid),
    crm.erase_contact(uuid, text[], text[], text[], boolean), crm.decide_erasure(uuid[], text), crm.refuse_erased(), crm.keep_erased(),
    crm.late_of_erased(), crm.hold_content() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.acting_administrator(), crm.person_contacts(uuid), crm.person_addresses(uuid[]),
    crm.person_mails(uuid[], text[], uuid[], uuid[], text[], text[]), crm.person_news(uuid[], uuid[], uuid[]), crm.erase_contact(uuid, text[], text[], text[], boolean),
    crm.decide_erasure(uuid[], text) TO crm_administrator;
