-- First pages of lists at a million contacts that read too much: whose filter only few rows meet, or none.
--
-- As V033 has it: what is looked for by something that policies keep from an index is looked for by a function of the
-- owner, which asks itself what its caller sees.

-- Two letters anywhere in a name, for which an index of three is none.
CREATE FUNCTION crm.letter_pairs(value text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ARRAY(SELECT DISTINCT substr(value, n, 2) FROM generate_series(1, length(value) - 1) AS n);
COMMENT ON FUNCTION crm.letter_pairs(text) IS 'Each two letters of a text that stand side by side: what a search for two letters finds.';
CREATE INDEX contact_name_pairs ON crm.contact USING gin (crm.letter_pairs(lower(name)));
CREATE INDEX contact_company_pairs ON crm.contact USING gin (crm.letter_pairs(lower(company))) WHERE company IS NOT NULL;

-- As V033 has it, and two letters by their own index.
CREATE OR REPLACE FUNCTION crm.contacts_with(part text, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    them name := crm.caller();
    who uuid := crm.user_of(them);
    everything boolean := crm.sees_all_cards(them);
    people uuid[] := crm.people_of(who);
    offices uuid[] := crm.offices_of(who);
    letters text := lower(left(part, 200));
    plain text := replace(replace(replace(letters, '\', '\\'), '%', '\%'), '_', '\_');
    seen text := CASE WHEN everything THEN 'true' ELSE '(c.owner_id = ANY ($1) OR c.office_id = ANY ($2))' END;
    -- Of two letters the index of three would be read whole.
    has text := CASE WHEN length(letters) = 2 THEN 'crm.letter_pairs(lower(c.%I)) @> ARRAY[%L]' ELSE 'lower(c.%I) LIKE %L' END;
    asked text := CASE WHEN length(letters) = 2 THEN letters ELSE '%' || plain || '%' END;
BEGIN
    -- Planned for this text: whether an index of parts or the caller's own cards are fewer.
    RETURN QUERY EXECUTE format(
        'SELECT x.id FROM (
             (SELECT c.id FROM crm.contact c WHERE %1$s AND %4$s LIMIT %5$s)
             UNION (SELECT c.id FROM crm.contact c WHERE c.company IS NOT NULL AND %2$s AND %4$s LIMIT %5$s)
             UNION (SELECT c.id FROM crm.contact_address a JOIN crm.contact c ON c.id = a.contact_id
                    WHERE left(a.address, 200) LIKE %3$L AND %4$s LIMIT %5$s)) AS x LIMIT %5$s',
        format(has, 'name', asked), format(has, 'company', asked), plain || '%', seen, most)
        USING people, offices;
END
$$;

-- Contacts with an interest, in no order, so many at most, of those that the caller sees.
CREATE FUNCTION crm.contacts_interested(interest text, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    them name := crm.caller();
    who uuid := crm.user_of(them);
    seen text := CASE WHEN crm.sees_all_cards(them) THEN 'true' ELSE '(c.owner_id = ANY ($1) OR c.office_id = ANY ($2))' END;
BEGIN
    RETURN QUERY EXECUTE format('SELECT c.id FROM crm.contact c WHERE c.interests @> ARRAY[%L] AND %s LIMIT %s', interest, seen, most)
        USING crm.people_of(who), crm.offices_of(who);
END
$$;
COMMENT ON FUNCTION crm.contacts_interested(text, integer) IS 'Contacts with that interest that the caller may see.';

-- Three letters anywhere in a record's title; without the extension, all titles are read.
DO $$
BEGIN
    CREATE INDEX record_title_part ON crm.record USING gin (lower(title) public.gin_trgm_ops);
EXCEPTION
    WHEN undefined_object THEN
        RAISE NOTICE 'without the extension pg_trgm, records are searched by reading all of them: %', SQLERRM;
END
$$;

-- Records with a part of a text in the title, or with that code or reference: in no order, so many at most, of those that
-- the caller sees.
CREATE FUNCTION crm.records_with(part text, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    them name := crm.caller();
    who uuid := crm.user_of(them);
    plain text := replace(replace(replace(lower(part), '\', '\\'), '%', '\%'), '_', '\_');
    seen text := CASE WHEN crm.sees_all_cards(them) THEN 'true' ELSE '(r.owner_id = ANY ($1) OR r.office_id = ANY ($2))' END;
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT x.id FROM (
             (SELECT r.id FROM crm.record r WHERE lower(r.title) LIKE %1$L AND %4$s LIMIT %5$s)
             UNION (SELECT r.id FROM crm.record r WHERE r.code = %2$L AND %4$s)
             UNION (SELECT r.id FROM crm.record r WHERE r.external_reference = %3$L AND %4$s LIMIT %5$s)) AS x LIMIT %5$s',
        '%' || plain || '%', upper(part), part, seen, most)
        USING crm.people_of(who), crm.offices_of(who);
END
$$;
COMMENT ON FUNCTION crm.records_with(text, integer) IS
    'Records that the caller may see with this part of a title, or this code or reference.';

-- The outbox by recipient, of any length, and what waits or failed. The policies keep the digest from its index.
CREATE INDEX outbox_recipient ON crm.outbox USING hash (rcpt_to);
CREATE INDEX outbox_state_list ON crm.outbox (state, id) WHERE state <> 'sent';

-- Whether the caller sees so many mails that the first ones of all are soon found among them.
CREATE FUNCTION crm.sees_many_mails() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off AS $$
    SELECT count(*) = 10000 FROM (SELECT FROM crm.mail_access a
                                  WHERE a.scope_id = ANY (crm.scopes_of(crm.caller())) LIMIT 10000) AS first
$$;
COMMENT ON FUNCTION crm.sees_many_mails() IS 'Whether the caller, who is no administrator, sees ten thousand mails.';

-- A page of the mails that the caller sees in the order of receipt, behind the mail `after`, which was received `at`.
-- Each mail is asked for its scopes; a policy's condition would have all that these hold gathered first.
CREATE FUNCTION crm.mails_received(newest boolean, at timestamptz, after uuid, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
    SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
    way text := CASE WHEN newest THEN 'DESC' ELSE 'ASC' END;
    behind text := CASE WHEN after IS NULL THEN 'true' ELSE format('(m.received_at, m.id) %s (%L::timestamptz, %L::uuid)',
                        CASE WHEN newest THEN '<' ELSE '>' END, at, after) END;
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT m.id FROM crm.mail m
         WHERE %1$s AND EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = m.id AND a.scope_id = ANY ($1) OFFSET 0)
         ORDER BY m.received_at %2$s, m.id %2$s LIMIT %3$s', behind, way, most)
        USING crm.scopes_of(crm.caller());
END
$$;
COMMENT ON FUNCTION crm.mails_received(boolean, timestamptz, uuid, integer) IS
    'A page of the mails that the caller may see in the order of receipt, for who sees many.';

-- As V029 has it, but the list of received mails of who sees many begins at the times of receipt.
CREATE OR REPLACE FUNCTION crm.mail_query(filter jsonb, ordering text, newest boolean, after uuid, most integer) RETURNS text
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
    IF narrow AND ordering = 'received' AND filter = '{}' AND crm.sees_many_mails() THEN
        RETURN format('SELECT * FROM crm.mails_received(%L, %L, %L, %L)', newest, at, after, most);
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

REVOKE EXECUTE ON FUNCTION crm.letter_pairs(text), crm.contacts_interested(text, integer), crm.records_with(text, integer),
    crm.sees_many_mails(), crm.mails_received(boolean, timestamptz, uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.contacts_interested(text, integer), crm.records_with(text, integer), crm.sees_many_mails(),
    crm.mails_received(boolean, timestamptz, uuid, integer) TO crm_user, crm_desk;
-- Whoever writes a name computes what the index holds.
GRANT EXECUTE ON FUNCTION crm.letter_pairs(text) TO crm_user, crm_desk, crm_daemon;
