-- Lists of mails for whoever sees a part of five million: found by functions of the owner, which ask themselves what the
-- caller sees, and begin where the fewest rows are read. The lines of what was found are shown under the policies.

-- When a mail was sent, on what stands on it: the mails of a card, or of who looks after them, in the order of sending.
CREATE FUNCTION crm.sent_at(mail uuid) RETURNS timestamptz
    LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT least(m.sent_at, m.received_at) FROM crm.mail m WHERE m.id = mail);
END
$$;
COMMENT ON FUNCTION crm.sent_at(uuid) IS 'When a mail was sent by its Date field, but not later than it was received.';
ALTER TABLE crm.link ADD COLUMN sent_at timestamptz;
ALTER TABLE crm.mail_handling ADD COLUMN sent_at timestamptz;
-- By a change of the type, which fires no trigger; out of the access rows, which lie in no months: a seventh of the time.
CREATE FUNCTION crm.sent_before(mail uuid) RETURNS timestamptz LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    RETURN coalesce((SELECT a.sent_at FROM crm.mail_access a WHERE a.mail_id = mail LIMIT 1), crm.sent_at(mail));
END
$$;
ALTER TABLE crm.link ALTER COLUMN sent_at TYPE timestamptz USING crm.sent_before(mail_id), ALTER COLUMN sent_at SET NOT NULL;
ALTER TABLE crm.mail_handling ALTER COLUMN sent_at TYPE timestamptz USING crm.sent_before(mail_id), ALTER COLUMN sent_at SET NOT NULL;
DROP FUNCTION crm.sent_before(uuid);
CREATE INDEX link_contact_sent ON crm.link (contact_id, sent_at, mail_id) WHERE contact_id IS NOT NULL;
CREATE INDEX link_record_sent ON crm.link (record_id, sent_at, mail_id) WHERE record_id IS NOT NULL;
CREATE INDEX link_ticket_sent ON crm.link (ticket_id, sent_at, mail_id) WHERE ticket_id IS NOT NULL;
CREATE INDEX mail_handling_owner_sent ON crm.mail_handling (owner_id, sent_at, mail_id) WHERE owner_id IS NOT NULL;

-- The daemon knows it; nobody else is believed.
CREATE FUNCTION crm.when_sent() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.sent_at := crm.sent_at(NEW.mail_id);
    -- Whoever does not see all is refused by the policies as with a mail that is there and not seen.
    IF NEW.sent_at IS NULL AND (crm.user_of(crm.caller()) IS NULL OR crm.sees_all_cards(crm.caller())) THEN
        RAISE EXCEPTION 'there is no mail %', NEW.mail_id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER when_sent BEFORE INSERT OR UPDATE OF mail_id, sent_at ON crm.link FOR EACH ROW
    WHEN (NEW.sent_at IS NULL OR current_user <> 'crm_daemon') EXECUTE FUNCTION crm.when_sent();
CREATE TRIGGER when_sent BEFORE INSERT OR UPDATE OF mail_id, sent_at ON crm.mail_handling FOR EACH ROW
    EXECUTE FUNCTION crm.when_sent();

-- As V001 has it; a moment before the first id or behind the last one is no other moment.
CREATE OR REPLACE FUNCTION crm.id_floor(moment timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN rpad(lpad(to_hex(least(greatest(floor(extract(epoch FROM moment) * 1000), 0), 281474976710655)::bigint), 12, '0'), 32, '0')::uuid;
-- The moment of an id.
CREATE FUNCTION crm.id_moment(id uuid) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0);
COMMENT ON FUNCTION crm.id_moment(uuid) IS 'The moment of a UUIDv7: the other way round than crm.id_floor.';

-- A filter without what is null. A condition on a null would be whatever the caller's `transform_null_equals` makes of it.
CREATE FUNCTION crm.plain_filter(filter jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF jsonb_typeof(filter) <> 'object' THEN
        RAISE EXCEPTION 'a filter is a JSON object, and not %', jsonb_typeof(filter) USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN coalesce(jsonb_strip_nulls(filter), '{}');
END
$$;

-- Mails that meet one part of a filter: what a list begins with, or what is asked of the mails that it meets.
CREATE FUNCTION crm.mails_by(part text, filter jsonb, sight crm.sight) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    value text := filter ->> part;
    -- Lines of intake that the caller sees, of mails that the caller sees; as the policy `inbox` has it.
    lines text := '';
BEGIN
    IF part IN ('inbox', 'unresolved') AND NOT sight.lines THEN
        lines := format(' AND (i.user_id = %L OR i.inbox = ANY (%L::text[]))', sight.who, crm.inboxes_of(sight.offices));
    END IF;
    RETURN CASE part
        WHEN 'among' THEN format('SELECT DISTINCT one AS mail_id FROM unnest(%L::uuid[]) AS one',
                                 ARRAY(SELECT jsonb_array_elements_text(filter -> 'among')))
        WHEN 'contact' THEN format('SELECT l.mail_id, l.sent_at FROM crm.link l WHERE l.contact_id = %L', value)
        WHEN 'record' THEN format('SELECT l.mail_id, l.sent_at FROM crm.link l WHERE l.record_id = %L', value)
        WHEN 'ticket' THEN format('SELECT l.mail_id, l.sent_at FROM crm.link l WHERE l.ticket_id = %L', value)
        WHEN 'owner' THEN format('SELECT h.mail_id, h.sent_at FROM crm.mail_handling h WHERE h.owner_id = %L', value)
        WHEN 'locked' THEN 'SELECT h.mail_id FROM crm.mail_handling h WHERE h.locked_at IS NOT NULL'
        WHEN 'unresolved' THEN 'SELECT DISTINCT i.mail_id FROM crm.intake i WHERE i.mail_id IS NOT NULL
            AND i.outcome = ''unresolved'' AND i.resolved_at IS NULL' || lines
        WHEN 'inbox' THEN format('SELECT DISTINCT i.mail_id FROM crm.intake i WHERE i.mail_id IS NOT NULL
            AND i.outcome <> ''duplicate'' AND i.inbox = %L', value) || lines
        WHEN 'user' THEN format('SELECT f.id AS mail_id FROM crm.mail f WHERE f.filed_by = %L', value)
        WHEN 'source' THEN format('SELECT f.id AS mail_id FROM crm.mail f WHERE f.source = %L', value)
        WHEN 'attachment' THEN 'SELECT f.mail_id FROM crm.attachment f'
        WHEN 'scopes' THEN format('SELECT a.mail_id FROM crm.mail_access a WHERE a.scope_id = ANY (%L::bigint[])', sight.scopes)
        ELSE format('SELECT DISTINCT p.mail_id FROM crm.party p WHERE p.canonical = %L%s', value,
            CASE part WHEN 'from' THEN ' AND p.role IN (''from'', ''sender'', ''reply-to'')'
                      WHEN 'to' THEN ' AND p.role IN (''to'', ''cc'', ''bcc'')' ELSE '' END) END;
END
$$;

-- The part of a filter that a list begins with: the one that the fewest mails meet, or, if very many meet each, the first
-- that has the order of the list. `scopes` are what the caller sees, `mail` is the order's own index. `gathered`: what the
-- caller sees is better gathered once than asked for each mail.
CREATE FUNCTION crm.mails_begin(filter jsonb, ordering text, sight crm.sight, OUT begins text, OUT gathered boolean)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
    parts text[] := ARRAY(SELECT p FROM unnest(ARRAY['contact', 'record', 'ticket', 'from', 'to', 'address', 'owner', 'user', 'unresolved',
                                                     'locked', 'inbox', 'source']) AS p WHERE filter ? p);
    ordered text[] := CASE ordering WHEN 'recorded' THEN parts || 'scopes'::text
                                    WHEN 'sent' THEN ARRAY['contact', 'record', 'ticket', 'owner', 'scopes'] ELSE '{}' END;
    many integer;
    fewest integer;
    count integer;
    part text;
BEGIN
    gathered := false;
    begins := CASE WHEN filter ? 'among' THEN 'among' END;
    -- Of whose lines few are seen, most are read in vain.
    IF NOT sight.lines THEN
        parts := array_remove(array_remove(parts, 'inbox'), 'unresolved');
    END IF;
    IF sight.scopes IS NOT NULL THEN
        parts := parts || 'scopes'::text;
    END IF;
    IF begins IS NULL AND cardinality(parts) = 1 AND parts[1] = ANY (ordered) THEN
        begins := parts[1];
    END IF;
    FOREACH many IN ARRAY ARRAY[10000, 100000] LOOP
        EXIT WHEN begins IS NOT NULL OR many > 10000 AND sight.scopes IS NULL;
        fewest := many;
        FOREACH part IN ARRAY parts LOOP
            EXECUTE format('SELECT count(*) FROM (SELECT FROM (%s) AS d LIMIT %s) AS first', crm.mails_by(part, filter, sight),
                           CASE part WHEN 'scopes' THEN many ELSE fewest END) INTO count;
            gathered := gathered OR part = 'scopes' AND many > 10000 AND count < many;
            -- To be put in order first, very many are too many.
            IF count < fewest AND (part = ANY (ordered) OR count < 10000) THEN
                fewest := count;
                begins := part;
            END IF;
        END LOOP;
    END LOOP;
    begins := coalesce(begins, (SELECT p FROM unnest(parts) WITH ORDINALITY AS w (p, n) WHERE p = ANY (ordered) ORDER BY n LIMIT 1), 'mail');
    -- Each month would gather for itself.
    gathered := gathered AND begins <> 'mail';
END
$$;

-- The statement that finds a page of mails: it holds only the conditions that were asked for, everything from outside as a
-- quoted literal. What begins with windows, of the scopes, takes the bounds of one, $1 and $2, and how many lines are left, $3.
--
-- filter: direction, source, user, owner, contact, record, ticket, inbox, from, to, address, since, until, attachment,
-- unresolved, unlinked, locked, among. since and until bound the time by which is ordered.
DROP FUNCTION crm.mail_select(jsonb, text, boolean, uuid, integer), crm.mail_query(jsonb, text, boolean, uuid, integer),
    crm.mails_received(boolean, timestamptz, uuid, integer), crm.sees_many_mails(), crm.is_frequent(text);
CREATE FUNCTION crm.mail_query(filter jsonb, ordering text, newest boolean, after uuid, most integer, sight crm.sight, begins text, gathered boolean)
    RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    way text := CASE WHEN newest THEN 'DESC' ELSE 'ASC' END;
    sign text := CASE WHEN newest THEN '<' ELSE '>' END;
    key text := CASE begins WHEN 'mail' THEN 'm.id' ELSE 'd.mail_id' END;
    -- What is ordered by besides the id; null for the order of recording, which is that of the ids.
    moment text := CASE ordering WHEN 'received' THEN 'm.received_at'
        WHEN 'sent' THEN CASE WHEN begins IN ('contact', 'record', 'ticket', 'owner', 'windows') THEN 'd.sent_at'
                              ELSE 'least(m.sent_at, m.received_at)' END END;
    at timestamptz := CASE ordering WHEN 'received' THEN (SELECT m.received_at FROM crm.mail m WHERE m.id = after)
                                    WHEN 'sent' THEN crm.sent_at(after) END;
    -- Of the months only those of the window, where the order is that of the ids.
    months text := CASE WHEN begins = 'windows' AND ordering = 'recorded' THEN ' AND e.mail_id >= $1 AND e.mail_id < $2' ELSE '' END;
    conditions text[] := '{}';
    tables text;
    part text;
BEGIN
    IF after IS NOT NULL THEN
        conditions := conditions || CASE WHEN moment IS NULL THEN format('%s %s %L', key, sign, after)
                                         ELSE format('(%s, %s) %s (%L, %L)', moment, key, sign, at, after) END;
    END IF;
    FOREACH part IN ARRAY ARRAY['since', 'until'] LOOP
        IF filter ? part THEN
            conditions := conditions || format('%s %s %L', coalesce(moment, key), CASE part WHEN 'since' THEN '>=' ELSE '<' END,
                CASE WHEN moment IS NULL THEN crm.id_floor((filter ->> part)::timestamptz)::text
                     ELSE (filter ->> part)::timestamptz::text END);
        END IF;
    END LOOP;
    IF filter ? 'direction' THEN
        conditions := conditions || format('m.direction = %L', filter ->> 'direction');
    END IF;
    -- OFFSET 0: each is asked of the mails that are met, and is never the place to begin.
    FOREACH part IN ARRAY ARRAY['contact', 'record', 'ticket', 'owner', 'locked', 'unresolved', 'inbox', 'from', 'to', 'address', 'attachment',
                                'user', 'source', 'scopes'] LOOP
        IF part <> replace(begins, 'windows', 'scopes') AND (filter ? part OR part = 'scopes' AND sight.scopes IS NOT NULL) THEN
            conditions := conditions || CASE WHEN part = 'scopes' AND gathered
                THEN format('(%s = ANY (%s)) IS TRUE', key, crm.mails_by(part, filter, sight))
                ELSE format('EXISTS (SELECT FROM (%s) AS e WHERE e.mail_id = %s%s OFFSET 0)', crm.mails_by(part, filter, sight), key, months) END;
        END IF;
    END LOOP;
    tables := CASE begins WHEN 'mail' THEN 'crm.mail m'
        WHEN 'scopes' THEN format('(SELECT DISTINCT a.mail_id FROM (%s) AS a) AS d', crm.mails_by(begins, filter, sight))
        WHEN 'windows' THEN 'crm.mail_access d' ELSE format('(%s%s) AS d', crm.mails_by(begins, filter, sight),
                    CASE WHEN begins IN ('from', 'to', 'address', 'unresolved', 'inbox') THEN ' ORDER BY 1 ' || way END) END;
    -- What is among was named by whoever asks, and need not be there.
    IF begins = 'among' AND sight.scopes IS NULL OR begins <> 'mail' AND concat_ws(' ', moment, array_to_string(conditions, ' ')) ~ '\mm\.' THEN
        -- OFFSET 0: the mails are never the place to begin.
        tables := tables || format(' CROSS JOIN LATERAL (SELECT * FROM crm.mail e WHERE e.id = d.mail_id%s OFFSET 0) AS m',
                                   replace(months, 'mail_id', 'id'));
    END IF;
    IF begins <> 'windows' THEN
        RETURN format('SELECT %s FROM %s WHERE %s ORDER BY %s%s %s LIMIT %s', key, tables,
            coalesce(nullif(array_to_string(conditions, ' AND '), ''), 'true'), moment || ' ' || way || ', ', key, way, most);
    END IF;
    -- In the order of the ids as pairs, so that no index but the scope's own fits: the one by mails would do it, too.
    conditions := conditions || CASE WHEN moment IS NULL THEN '(d.scope_id, d.mail_id) >= (s.id, $1) AND (d.scope_id, d.mail_id) < (s.id, $2)'
                                     ELSE 'd.sent_at >= $1 AND d.sent_at < $2' END;
    -- A mail may be seen by several scopes.
    RETURN format('SELECT y.mail_id FROM (SELECT DISTINCT x.mail_id, x.moment FROM unnest(%L::bigint[]) AS s (id)
        CROSS JOIN LATERAL (SELECT d.mail_id, %s AS moment FROM %s WHERE d.scope_id = s.id AND %s ORDER BY %s%s %s LIMIT %s) AS x) AS y
        ORDER BY y.moment %s, y.mail_id %s LIMIT $3', sight.scopes, coalesce(moment, 'NULL::timestamptz'), tables,
        array_to_string(conditions, ' AND '), moment || ' ' || way || ', ', key, way, most, way, way);
END
$$;

-- The first and the last mail of these scopes, in the order of the list.
CREATE FUNCTION crm.mails_span(scopes bigint[], ordering text, OUT first timestamptz, OUT last timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
BEGIN
    IF ordering = 'sent' THEN
        SELECT min((SELECT a.sent_at FROM crm.mail_access a WHERE a.scope_id = s ORDER BY a.sent_at LIMIT 1)),
            max((SELECT a.sent_at FROM crm.mail_access a WHERE a.scope_id = s ORDER BY a.sent_at DESC LIMIT 1))
        INTO first, last FROM unnest(scopes) AS s;
    ELSE
        SELECT min(crm.id_moment((SELECT a.mail_id FROM crm.mail_access a WHERE a.scope_id = s ORDER BY a.mail_id LIMIT 1))),
            max(crm.id_moment((SELECT a.mail_id FROM crm.mail_access a WHERE a.scope_id = s ORDER BY a.mail_id DESC LIMIT 1)))
        INTO first, last FROM unnest(scopes) AS s;
    END IF;
END
$$;

-- How a role's page is found: the statement, what it begins with, and the scopes; no statement where nothing can be seen.
CREATE FUNCTION crm.mail_list(them name, filter jsonb, ordering text, newest boolean, after uuid, most integer,
                              OUT query text, OUT begins text, OUT scopes bigint[])
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    sight crm.sight := crm.sight_of(them);
    gathered boolean;
BEGIN
    IF NOT sight.everything AND (sight.who IS NULL OR sight.scopes = '{}' OR NOT crm.sees_cards(sight,
            (filter ->> 'contact')::uuid, (filter ->> 'record')::uuid, (filter ->> 'ticket')::uuid)) THEN
        RETURN;
    END IF;
    -- By a mail that is not seen nobody finds out when it was sent, or that it is there.
    IF NOT sight.everything AND after IS NOT NULL AND ordering IN ('sent', 'received')
        AND NOT EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = after AND a.scope_id = ANY (sight.scopes)) THEN
        RETURN;
    END IF;
    -- Whoever has no card in common with a mail must not learn that it stands on somebody else's.
    IF filter ? 'unlinked' THEN
        sight.scopes := ARRAY(SELECT s FROM unnest(crm.inbox_scopes()) AS s WHERE sight.everything OR s = ANY (sight.scopes));
    END IF;
    SELECT b.begins, b.gathered INTO begins, gathered FROM crm.mails_begin(filter, ordering, sight) AS b;
    -- A scope has no order of receipt: all that the caller sees is read, instead of all that there is.
    IF begins = 'scopes' AND ordering <> 'received' THEN
        begins := 'windows';
    END IF;
    query := crm.mail_query(filter, ordering, newest, after, most, sight, begins, gathered);
    scopes := sight.scopes;
END
$$;
COMMENT ON FUNCTION crm.mail_list(name, jsonb, text, boolean, uuid, integer) IS
    'The statement by which crm.mail_select finds a page of mails for a role: for EXPLAIN.';

CREATE FUNCTION crm.mail_select(filter jsonb, ordering text, newest boolean, after uuid, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
    -- Rows are taken in the order of an index until the page is full: whatever gathers all of them first is wrong.
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashagg = off SET enable_hashjoin = off
    SET enable_mergejoin = off SET work_mem = '16MB' SET jit = off AS $$
DECLARE
    list record;
    -- A window of time, each sixteen times as long as the one before it, until the page is full.
    low timestamptz;
    high timestamptz;
    width interval := '1 day';
    at timestamptz;
    found integer := 0;
    portion integer;
BEGIN
    most := greatest(most, 0);
    filter := crm.plain_filter(filter);
    list := crm.mail_list(crm.caller(), filter, ordering, newest, after, most);
    IF list.begins <> 'windows' THEN
        RETURN QUERY EXECUTE list.query;
    END IF;
    IF list.begins IS DISTINCT FROM 'windows' THEN
        RETURN;
    END IF;
    at := CASE ordering WHEN 'sent' THEN crm.sent_at(after) ELSE crm.id_moment(after) END;
    SELECT greatest(s.first, (filter ->> 'since')::timestamptz, CASE WHEN NOT newest THEN at END),
        least(s.last, (filter ->> 'until')::timestamptz, CASE WHEN newest THEN at END) + interval '1 second'
    INTO low, high FROM crm.mails_span(list.scopes, ordering) AS s;
    WHILE found < most AND low < high LOOP
        -- Compared first: a Date field may lie so far back that no window reaches behind it.
        at := CASE WHEN high - low <= width THEN CASE WHEN newest THEN low ELSE high END
                   WHEN newest THEN high - width ELSE low + width END;
        IF ordering = 'sent' THEN
            RETURN QUERY EXECUTE list.query USING CASE WHEN newest THEN at ELSE low END, CASE WHEN newest THEN high ELSE at END, most - found;
        ELSE
            RETURN QUERY EXECUTE list.query USING crm.id_floor(CASE WHEN newest THEN at ELSE low END),
                crm.id_floor(CASE WHEN newest THEN high ELSE at END), most - found;
        END IF;
        GET DIAGNOSTICS portion = ROW_COUNT;
        found := found + portion;
        IF newest THEN
            high := at;
        ELSE
            low := at;
        END IF;
        width := least(width * 16, interval '1000000 days');
    END LOOP;
END
$$;
COMMENT ON FUNCTION crm.mail_select(jsonb, text, boolean, uuid, integer) IS
    'Ids of mails that the caller may see, by filter, in the order sent, received or recorded, behind the mail `after`.';

-- As V033 has it, month by month in the partitions themselves: planned for each of them, and with the others not opened.
CREATE OR REPLACE FUNCTION crm.search_mail(query text, most integer DEFAULT 50, before uuid DEFAULT NULL, language text DEFAULT NULL)
    RETURNS TABLE (mail_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET jit = off SET timezone = 'UTC' AS $$
DECLARE
    sight crm.sight := crm.sight_of(crm.caller());
    wanted tsquery := websearch_to_tsquery('pg_catalog.simple'::regconfig, left(query, 1000));
    spoken text := coalesce(search_mail.language, (SELECT u.language FROM crm.users u WHERE u.id = sight.who), 'en');
    few CONSTANT integer := 100000;
    sees_few boolean := false;
    own integer;
    matches json;
    seen text := '';
    month record;
    found integer := 0;
    portion integer;
BEGIN
    most := least(greatest(most, 0), 1000);
    IF NOT sight.everything THEN
        IF sight.who IS NULL OR sight.scopes = '{}' THEN
            RETURN;
        END IF;
        sees_few := (SELECT count(*) FROM (SELECT FROM crm.mail_access a WHERE a.scope_id = ANY (sight.scopes) LIMIT few) AS own) < few;
        seen := format(' AND EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = m.mail_id AND a.scope_id = ANY (%L::bigint[]) OFFSET 0)',
                       sight.scopes);
    END IF;
    IF NOT current_setting('transaction_read_only')::boolean THEN
        PERFORM crm.index_mails(200);
    END IF;
    IF crm.words_of(spoken) <> 'pg_catalog.simple'::regconfig THEN
        wanted := wanted || websearch_to_tsquery(crm.words_of(spoken), left(query, 1000));
    END IF;
    FOR month IN
        SELECT p.child, crm.id_floor(p.begins) AS low, least(crm.id_floor(p.begins + interval '1 month'), before) AS high
        FROM (SELECT c.relname AS child, to_timestamp(right(c.relname, 7), 'YYYY_MM') AS begins
              FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'crm.mail_search'::regclass) AS p
        ORDER BY p.begins DESC
    LOOP
        EXIT WHEN found >= most;
        CONTINUE WHEN month.high <= month.low;
        IF sees_few THEN
            own := (SELECT count(*) FROM crm.mail_access a WHERE a.scope_id = ANY (sight.scopes) AND a.mail_id >= month.low AND a.mail_id < month.high);
            CONTINUE WHEN own = 0;
            EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM crm.%I m WHERE m.words @@ %L::tsquery', month.child, wanted) INTO matches;
        END IF;
        -- An index of words knows nothing of who sees what: a frequent word is asked of the mails that whoever sees few has.
        IF own < (matches -> 0 -> 'Plan' ->> 'Plan Rows')::float THEN
            RETURN QUERY EXECUTE format('SELECT m.mail_id
                FROM (SELECT DISTINCT a.mail_id FROM crm.mail_access a
                      WHERE a.scope_id = ANY ($1) AND a.mail_id >= $2 AND a.mail_id < $3 ORDER BY 1 DESC) AS own
                JOIN crm.%I m ON m.mail_id = own.mail_id
                WHERE m.words @@ $4 ORDER BY own.mail_id DESC LIMIT $5', month.child)
                USING sight.scopes, month.low, month.high, wanted, most - found;
        ELSE
            RETURN QUERY EXECUTE format('SELECT m.mail_id FROM crm.%I m
                WHERE m.mail_id < $1 AND m.words @@ $2%s ORDER BY m.mail_id DESC LIMIT $3', month.child, seen)
                USING month.high, wanted, most - found;
        END IF;
        GET DIAGNOSTICS portion = ROW_COUNT;
        found := found + portion;
    END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION crm.sent_at(uuid), crm.when_sent(), crm.id_moment(uuid), crm.plain_filter(jsonb), crm.mails_by(text, jsonb, crm.sight),
    crm.mails_begin(jsonb, text, crm.sight), crm.mail_query(jsonb, text, boolean, uuid, integer, crm.sight, text, boolean),
    crm.mails_span(bigint[], text), crm.mail_list(name, jsonb, text, boolean, uuid, integer),
    crm.mail_select(jsonb, text, boolean, uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.mail_select(jsonb, text, boolean, uuid, integer) TO crm_user, crm_desk;
