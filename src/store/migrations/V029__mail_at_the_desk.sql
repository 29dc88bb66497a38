-- Mail at the desk: lists in any order that cost the same on the first page and on the last, links that a lock holds,
-- locks that say whose they are.

-- Lists: by what they are filtered, in the order of recording; and by the time of receipt.
CREATE INDEX mail_received ON crm.mail (received_at, id);
CREATE INDEX mail_source ON crm.mail (source, id);
CREATE INDEX mail_filed_by ON crm.mail (filed_by, id) WHERE filed_by IS NOT NULL;
CREATE INDEX mail_access_recorded ON crm.mail_access (scope_id, mail_id);
CREATE INDEX party_address ON crm.party (canonical, mail_id) WHERE canonical IS NOT NULL;
DROP INDEX crm.party_canonical;
CREATE INDEX intake_inbox_mail ON crm.intake (inbox, mail_id) WHERE mail_id IS NOT NULL AND outcome <> 'duplicate';
CREATE INDEX intake_unresolved_mail ON crm.intake (mail_id)
    WHERE mail_id IS NOT NULL AND outcome = 'unresolved' AND resolved_at IS NULL;
CREATE INDEX mail_handling_owner ON crm.mail_handling (owner_id, mail_id) WHERE owner_id IS NOT NULL;
CREATE INDEX mail_handling_locked ON crm.mail_handling (mail_id) WHERE locked_at IS NOT NULL;

-- Scopes of mail that stands on nothing. Whoever has no card in common with a mail must not learn from a list that
-- it stands on somebody else's.
CREATE FUNCTION crm.inbox_scopes() RETURNS bigint[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY(SELECT id FROM crm.scope WHERE inbox IS NOT NULL)
$$;

-- Whether very many mails have an address. Whoever sees few of them is better served by what they see.
CREATE FUNCTION crm.is_frequent(address text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off AS $$
    SELECT count(*) = 1000 FROM (SELECT FROM crm.party p WHERE p.canonical = is_frequent.address LIMIT 1000) AS first
$$;

-- The statement that finds a page of mails. It holds only the conditions that were asked for, and begins where the
-- fewest rows are read: at a card, an address, an inbox, the caller's scopes, or the order's own index. It is text, so
-- that a test can have it explained; everything that came from outside stands in it as a quoted literal, and it
-- runs with its caller's rights.
--
-- filter: direction, source, user, owner, contact, record, ticket, inbox, from, to, address, since, until, attachment,
-- unresolved, unlinked, locked, among. since and until bound the time by which is ordered.
CREATE FUNCTION crm.mail_query(filter jsonb, ordering text, newest boolean, after uuid, most integer) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    narrow boolean := crm.me() IS NOT NULL AND NOT crm.sees_all();
    -- What is ordered by besides the id; null for the order of recording, which is that of the ids.
    moment text := CASE ordering WHEN 'sent' THEN 'least(m.sent_at, m.received_at)'
                                 WHEN 'received' THEN 'm.received_at' END;
    way text := CASE WHEN newest THEN 'DESC' ELSE 'ASC' END;
    sign text := CASE WHEN newest THEN '<' ELSE '>' END;
    -- Bounds of the ids, with @ for the column.
    bounds text := '';
    bound text;
    begins text := CASE
        WHEN filter ? 'among' THEN 'among' WHEN filter ? 'ticket' THEN 'ticket' WHEN filter ? 'record' THEN 'record'
        WHEN filter ? 'contact' THEN 'contact'
        WHEN narrow AND crm.is_frequent(coalesce(filter ->> 'from', filter ->> 'to', filter ->> 'address')) THEN 'scopes'
        WHEN filter ? 'from' THEN 'from' WHEN filter ? 'to' THEN 'to' WHEN filter ? 'address' THEN 'address' WHEN filter ? 'unlinked' THEN 'scopes' WHEN filter ? 'owner' THEN 'owner'
        WHEN narrow THEN 'scopes' WHEN filter ? 'locked' THEN 'locked' WHEN filter ? 'unresolved' THEN 'unresolved'
        WHEN filter ? 'inbox' THEN 'inbox' ELSE 'mail' END;
    conditions text[] := '{}';
    roles text := CASE begins WHEN 'from' THEN ' AND p.role IN (''from'', ''sender'', ''reply-to'')'
                              WHEN 'to' THEN ' AND p.role IN (''to'', ''cc'', ''bcc'')' ELSE '' END;
    scopes bigint[];
    tables text;
    key text := 'd.mail_id';
    at timestamptz;
    part text;
BEGIN
    -- As a pair, so that no index but the scope's own fits.
    bound := CASE begins WHEN 'scopes' THEN ' AND (d.scope_id, @) %s (s.id, %L)' ELSE ' AND @ %s %L' END;
    IF after IS NOT NULL AND moment IS NOT NULL THEN
        SELECT CASE ordering WHEN 'sent' THEN least(m.sent_at, m.received_at) ELSE m.received_at END INTO at
        FROM crm.mail m WHERE m.id = after;
    END IF;
    IF after IS NOT NULL AND moment IS NULL THEN
        bounds := bounds || format(bound, sign, after);
    END IF;
    IF moment IS NULL AND filter ? 'since' THEN
        bounds := bounds || format(bound, '>=', crm.id_floor((filter ->> 'since')::timestamptz));
    END IF;
    IF moment IS NULL AND filter ? 'until' THEN
        bounds := bounds || format(bound, '<', crm.id_floor((filter ->> 'until')::timestamptz));
    END IF;
    tables := CASE begins
        WHEN 'among' THEN format('unnest(%L::uuid[]) AS d (mail_id)',
                                 ARRAY(SELECT jsonb_array_elements_text(filter -> 'among'))::uuid[])
        WHEN 'contact' THEN 'crm.link d' WHEN 'record' THEN 'crm.link d' WHEN 'ticket' THEN 'crm.link d'
        WHEN 'owner' THEN 'crm.mail_handling d' WHEN 'locked' THEN 'crm.mail_handling d'
        WHEN 'unresolved' THEN format('(SELECT DISTINCT i.mail_id FROM crm.intake i WHERE i.mail_id IS NOT NULL
            AND i.outcome = ''unresolved'' AND i.resolved_at IS NULL%s ORDER BY 1 %s) AS d',
            replace(bounds, '@', 'i.mail_id'), way)
        WHEN 'inbox' THEN format('(SELECT DISTINCT i.mail_id FROM crm.intake i WHERE i.mail_id IS NOT NULL
            AND i.outcome <> ''duplicate'' AND i.inbox = %L%s ORDER BY 1 %s) AS d',
            filter ->> 'inbox', replace(bounds, '@', 'i.mail_id'), way)
        -- A scope has no order of receipt: all that the caller sees is read, instead of all that there is.
        WHEN 'scopes' THEN CASE ordering WHEN 'received'
            THEN '(SELECT a.* FROM crm.mail_access a WHERE a.scope_id = s.id OFFSET 0) AS d' ELSE 'crm.mail_access d' END
        WHEN 'mail' THEN NULL
        ELSE format('(SELECT DISTINCT p.mail_id FROM crm.party p WHERE p.canonical = %L%s%s ORDER BY 1 %s) AS d',
                    filter ->> begins, roles, replace(bounds, '@', 'p.mail_id'), way) END;
    IF begins = 'mail' THEN
        key := 'm.id';
        tables := 'crm.mail m';
    ELSE
        tables := tables || ' JOIN crm.mail m ON m.id = d.mail_id';
    END IF;
    IF begins = 'scopes' AND ordering = 'sent' THEN
        moment := 'd.sent_at';
    END IF;
    CASE begins
        WHEN 'contact', 'record', 'ticket', 'owner' THEN
            conditions := conditions || format('d.%I = %L', begins || '_id', filter ->> begins);
        WHEN 'locked' THEN conditions := conditions || 'd.locked_at IS NOT NULL'::text;
        ELSE NULL;
    END CASE;
    FOREACH part IN ARRAY ARRAY['direction', 'source'] LOOP
        IF filter ? part THEN
            conditions := conditions || format('m.%I = %L', part, filter ->> part);
        END IF;
    END LOOP;
    IF filter ? 'user' THEN
        conditions := conditions || format('m.filed_by = %L', filter ->> 'user');
    END IF;
    -- OFFSET 0: each is asked of the mails that are met, and never the place to begin.
    FOREACH part IN ARRAY ARRAY['contact', 'record', 'ticket'] LOOP
        IF filter ? part AND part <> begins THEN
            conditions := conditions || format('EXISTS (SELECT FROM crm.link l WHERE l.mail_id = m.id AND l.%I = %L OFFSET 0)',
                                               part || '_id', filter ->> part);
        END IF;
    END LOOP;
    FOREACH part IN ARRAY ARRAY['from', 'to', 'address'] LOOP
        IF filter ? part AND part <> begins THEN
            conditions := conditions || format('EXISTS (SELECT FROM crm.party p WHERE p.mail_id = m.id AND p.canonical = %L%s OFFSET 0)',
                filter ->> part, CASE part WHEN 'from' THEN ' AND p.role IN (''from'', ''sender'', ''reply-to'')'
                                           WHEN 'to' THEN ' AND p.role IN (''to'', ''cc'', ''bcc'')' ELSE '' END);
        END IF;
    END LOOP;
    IF filter ? 'inbox' AND begins <> 'inbox' THEN
        conditions := conditions || format('EXISTS (SELECT FROM crm.intake i WHERE i.mail_id = m.id AND i.outcome <> ''duplicate''
            AND i.inbox = %L OFFSET 0)', filter ->> 'inbox');
    END IF;
    IF filter ? 'unresolved' AND begins <> 'unresolved' THEN
        conditions := conditions || 'EXISTS (SELECT FROM crm.intake i WHERE i.mail_id = m.id
            AND i.outcome = ''unresolved'' AND i.resolved_at IS NULL OFFSET 0)'::text;
    END IF;
    IF filter ? 'unlinked' AND begins <> 'scopes' THEN
        conditions := conditions || format('EXISTS (SELECT FROM crm.mail_access u WHERE u.mail_id = m.id
            AND u.scope_id = ANY (%L::bigint[]) OFFSET 0)', crm.inbox_scopes());
    END IF;
    IF filter ? 'owner' AND begins <> 'owner' THEN
        conditions := conditions || format('EXISTS (SELECT FROM crm.mail_handling h WHERE h.mail_id = m.id
            AND h.owner_id = %L OFFSET 0)', filter ->> 'owner');
    END IF;
    IF filter ? 'locked' AND begins <> 'locked' THEN
        conditions := conditions || 'EXISTS (SELECT FROM crm.mail_handling h WHERE h.mail_id = m.id
            AND h.locked_at IS NOT NULL OFFSET 0)'::text;
    END IF;
    IF filter ? 'attachment' THEN
        conditions := conditions || 'EXISTS (SELECT FROM crm.attachment f WHERE f.mail_id = m.id OFFSET 0)'::text;
    END IF;
    IF moment IS NOT NULL THEN
        IF after IS NOT NULL THEN
            conditions := conditions || format('(%s, %s) %s (%L, %L)', moment, key, sign, at, after);
        END IF;
        IF filter ? 'since' THEN
            conditions := conditions || format('%s >= %L', moment, (filter ->> 'since')::timestamptz);
        END IF;
        IF filter ? 'until' THEN
            conditions := conditions || format('%s < %L', moment, (filter ->> 'until')::timestamptz);
        END IF;
    END IF;
    IF begins <> 'scopes' THEN
        RETURN format('SELECT %s FROM %s WHERE true%s%s ORDER BY %s%s %s LIMIT %s', key, tables, replace(bounds, '@', key),
            (SELECT string_agg(' AND ' || c, '') FROM unnest(conditions) AS c), moment || ' ' || way || ', ', key, way, most);
    END IF;
    scopes := CASE WHEN narrow THEN crm.scopes_of(current_user) ELSE crm.inbox_scopes() END;
    IF narrow AND filter ? 'unlinked' THEN
        scopes := ARRAY(SELECT unnest(scopes) INTERSECT SELECT unnest(crm.inbox_scopes()));
    END IF;
    -- A mail may be seen by several scopes.
    RETURN format('SELECT y.mail_id FROM (SELECT DISTINCT x.mail_id, x.moment FROM unnest(%L::bigint[]) AS s (id)
        CROSS JOIN LATERAL (SELECT d.mail_id, %s AS moment FROM %s WHERE d.scope_id = s.id%s%s ORDER BY %s%s %s LIMIT %s) AS x) AS y
        ORDER BY y.moment %s, y.mail_id %s LIMIT %s', scopes, coalesce(moment, 'NULL::timestamptz'), tables, replace(bounds, '@', key),
        (SELECT string_agg(' AND ' || c, '') FROM unnest(conditions) AS c), moment || ' ' || way || ', ', key, way, most,
        way, way, most);
END
$$;
COMMENT ON FUNCTION crm.mail_query(jsonb, text, boolean, uuid, integer) IS
    'The statement by which crm.mail_select finds a page of mails: for EXPLAIN.';

CREATE FUNCTION crm.mail_select(filter jsonb, ordering text, newest boolean, after uuid, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    -- Rows are taken in the order of an index until the page is full: whatever gathers all of them first is wrong.
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashagg = off SET enable_hashjoin = off
    SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    RETURN QUERY EXECUTE crm.mail_query(filter, ordering, newest, after, most);
END
$$;
COMMENT ON FUNCTION crm.mail_select(jsonb, text, boolean, uuid, integer) IS
    'Ids of mails that the caller may see, by filter, in the order sent, received or recorded, behind the mail `after`.';

-- A link of a locked mail stays (that of a converted lead does, too: V027). Decided at the commit, when it is known what
-- the transaction was: recording by rules, a merge, a conversion, an erasure.
CREATE FUNCTION crm.guard_link() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed crm.link;
    lock record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        changed := OLD;
    ELSE
        changed := NEW;
        IF NEW.how = 'rule' AND NOT EXISTS (SELECT FROM crm.users u WHERE u.pg_role = crm.caller()::text) THEN
            RETURN NULL;
        END IF;
    END IF;
    IF EXISTS (SELECT FROM crm.erasure e WHERE e.transaction = pg_current_xact_id() AND e.mail_id = changed.mail_id)
       OR EXISTS (SELECT FROM crm.contact_merge m WHERE changed.contact_id IN (m.contact_id, m.into_id)
                  AND now() IN (m.merged_at, m.undone_at))
       -- What a converted record has is on the new one, too.
       OR TG_OP = 'INSERT' AND EXISTS (SELECT FROM crm.record made
            JOIN crm.record own ON own.id = made.parent_id AND own.converted_at IS NOT NULL
            JOIN crm.link l ON l.record_id = own.id AND l.mail_id = changed.mail_id
            WHERE made.id = changed.record_id) THEN
        RETURN NULL;
    END IF;
    SELECT h.locked_at, u.login INTO lock
    FROM crm.mail_handling h
    LEFT JOIN crm.users u ON u.id = h.locked_by
    WHERE h.mail_id = changed.mail_id AND h.locked_at IS NOT NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'mail % is locked by %: its links stay as they are', changed.mail_id, coalesce(lock.login, 'an operator')
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = format('`crmctl mail unlock %s` opens it again.', changed.mail_id);
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER guard_link AFTER INSERT OR DELETE ON crm.link DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (current_user <> 'crm_daemon') EXECUTE FUNCTION crm.guard_link();

-- Who locked a mail is what the server knows. An agent opens no lock of another's; a locked mail keeps its owner.
CREATE FUNCTION crm.guard_handling() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    them record;
    holder text;
BEGIN
    SELECT u.id, u.role INTO them FROM crm.users u WHERE u.pg_role = crm.caller()::text;
    IF TG_OP = 'UPDATE' AND OLD.locked_at IS NOT NULL THEN
        holder := coalesce((SELECT u.login FROM crm.users u WHERE u.id = OLD.locked_by), 'an operator');
        IF NEW.locked_at IS NULL AND them.role = 'agent' AND OLD.locked_by IS DISTINCT FROM them.id THEN
            RAISE EXCEPTION 'mail % was locked by %', OLD.mail_id, holder USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Whoever locked it, a coordinator or an administrator may unlock it.';
        END IF;
        IF NEW.locked_at IS NOT NULL AND NEW.owner_id IS DISTINCT FROM OLD.owner_id THEN
            RAISE EXCEPTION 'mail % is locked by %: its owner stays', OLD.mail_id, holder
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = format('`crmctl mail unlock %s` opens it again.', OLD.mail_id);
        END IF;
    END IF;
    IF NEW.locked_at IS NULL THEN
        NEW.locked_by := NULL;
    ELSIF TG_OP = 'UPDATE' AND OLD.locked_at IS NOT NULL THEN
        NEW.locked_at := OLD.locked_at;
        NEW.locked_by := OLD.locked_by;
    ELSE
        NEW.locked_at := now();
        NEW.locked_by := them.id;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER guard_handling BEFORE INSERT OR UPDATE ON crm.mail_handling
    FOR EACH ROW EXECUTE FUNCTION crm.guard_handling();

REVOKE EXECUTE ON FUNCTION crm.inbox_scopes(), crm.is_frequent(text), crm.mail_query(jsonb, text, boolean, uuid, integer),
    crm.mail_select(jsonb, text, boolean, uuid, integer), crm.guard_link(), crm.guard_handling() FROM PUBLIC;
-- `words_of` is what a search was asked with: the words are marked in the text by the same.
GRANT EXECUTE ON FUNCTION crm.inbox_scopes(), crm.is_frequent(text), crm.mail_query(jsonb, text, boolean, uuid, integer),
    crm.mail_select(jsonb, text, boolean, uuid, integer), crm.words_of(text) TO crm_user, crm_desk;
