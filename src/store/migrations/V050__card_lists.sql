-- Lists of contacts, and of what is made about cards, for whoever sees a part of them.

-- Contacts by filter, without merged and erased ones, and without inactive ones unless that state is asked for; in the
-- order newest, name or updated, behind the contact `after`. `among`: those found by a text or an interest, if they are few.
--
-- filter: text, owner (the nil id for nobody), type, stages, state, stars, origin, language, interest, office,
-- updated_since, created_since, colour.
CREATE FUNCTION crm.contact_select(filter jsonb, ordering text, after uuid, most bigint, among uuid[]) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    sight crm.sight := crm.sight_of(crm.caller());
    nobody CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    owner uuid;
    conditions text[];
    behind record;
    part text;
BEGIN
    filter := crm.plain_filter(filter);
    owner := filter ->> 'owner';
    conditions := ARRAY['c.merged_into IS NULL', 'c.erased_at IS NULL',
        CASE WHEN filter ? 'state' THEN format('c.state = %L', filter ->> 'state') ELSE 'c.state <> ''inactive''' END];
    IF NOT sight.everything THEN
        IF sight.who IS NULL THEN
            RETURN;
        END IF;
        -- What is nobody's is no colleague's either.
        IF owner = ANY (sight.people) IS FALSE AND sight.offices = '{}' THEN
            RETURN;
        END IF;
        conditions := conditions || CASE
            WHEN owner = ANY (sight.people) THEN 'true'
            WHEN sight.offices = '{}' AND cardinality(sight.people) = 1 THEN format('c.owner_id = %L', sight.people[1])
            WHEN sight.offices = '{}' THEN format('c.owner_id = ANY (%L::uuid[])', sight.people)
            WHEN owner IS NOT NULL THEN format('c.office_id = ANY (%L::uuid[])', sight.offices)
            ELSE format('(c.owner_id = ANY (%L::uuid[]) OR c.office_id = ANY (%L::uuid[]))', sight.people, sight.offices) END;
    END IF;
    IF after IS NOT NULL THEN
        SELECT lower(left(c.name, 200)) AS name, c.updated_at INTO behind FROM crm.contact c
        WHERE c.id = after AND crm.sees_cards(sight, c.id, NULL, NULL);
        IF NOT FOUND THEN
            RETURN;
        END IF;
        conditions := conditions || CASE ordering
            WHEN 'name' THEN format('(lower(left(c.name, 200)), c.id) > (%L, %L)', behind.name, after)
            WHEN 'updated' THEN format('(c.updated_at, c.id) < (%L, %L)', behind.updated_at, after)
            ELSE format('c.id < %L', after) END;
    END IF;
    IF filter ? 'owner' THEN
        conditions := conditions || CASE WHEN owner = nobody THEN 'c.owner_id IS NULL' ELSE format('c.owner_id = %L', owner) END;
    END IF;
    FOREACH part IN ARRAY ARRAY['type', 'origin', 'language', 'colour'] LOOP
        IF filter ? part THEN
            conditions := conditions || format('c.%I = %L', part, filter ->> part);
        END IF;
    END LOOP;
    IF filter ? 'office' THEN
        conditions := conditions || format('c.office_id = %L', filter ->> 'office');
    END IF;
    IF filter ? 'stages' THEN
        conditions := conditions || format('c.stage_id = ANY (%L::uuid[])', ARRAY(SELECT jsonb_array_elements_text(filter -> 'stages')));
    END IF;
    IF filter ? 'stars' THEN
        conditions := conditions || format('c.stars >= %L', filter ->> 'stars');
    END IF;
    IF filter ? 'interest' THEN
        conditions := conditions || format('c.interests @> ARRAY[%L]', filter ->> 'interest');
    END IF;
    IF filter ? 'updated_since' THEN
        conditions := conditions || format('c.updated_at >= %L', filter ->> 'updated_since');
    END IF;
    IF filter ? 'created_since' THEN
        conditions := conditions || format('c.id >= %L', crm.id_floor((filter ->> 'created_since')::timestamptz));
    END IF;
    -- Who has been found by the text is not asked for it again.
    IF filter ? 'text' THEN
        conditions := conditions || format('(position(%1$L IN lower(c.name)) > 0 OR position(%1$L IN lower(c.company)) > 0
            OR EXISTS (SELECT FROM crm.contact_address a WHERE a.contact_id = c.id AND starts_with(a.address, %1$L) OFFSET 0))',
            lower(filter ->> 'text'));
    END IF;
    RETURN QUERY EXECUTE format('SELECT c.id FROM %s WHERE %s ORDER BY %s LIMIT %L',
        -- OFFSET 0: those who were found are looked up, and nothing else is looked through for them.
        CASE WHEN among IS NULL THEN 'crm.contact c'
             ELSE '(SELECT DISTINCT one AS id FROM unnest($1) AS one) AS found CROSS JOIN LATERAL (SELECT * FROM crm.contact one WHERE one.id = found.id OFFSET 0) AS c' END,
        array_to_string(conditions, ' AND '),
        CASE ordering WHEN 'name' THEN 'lower(left(c.name, 200)), c.id' WHEN 'updated' THEN 'c.updated_at DESC, c.id DESC'
                      ELSE 'c.id DESC' END, most) USING among;
END
$$;
COMMENT ON FUNCTION crm.contact_select(jsonb, text, uuid, bigint, uuid[]) IS
    'Ids of contacts that the caller may see, by filter, in the order newest, name or updated, behind the contact `after`.';

-- As V047 has it; where the names alone are too many, the rest is not looked for.
CREATE OR REPLACE FUNCTION crm.contacts_with(part text, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    sight crm.sight := crm.sight_of(crm.caller());
    letters text := lower(left(part, 200));
    plain text := replace(replace(replace(letters, '\', '\\'), '%', '\%'), '_', '\_');
    seen text := CASE WHEN sight.everything THEN 'true' ELSE '(c.owner_id = ANY ($1) OR c.office_id = ANY ($2))' END;
    -- Of two letters the index of three would be read whole.
    has text := CASE WHEN length(letters) = 2 THEN 'crm.letter_pairs(lower(c.%I)) @> ARRAY[%L]' ELSE 'lower(c.%I) LIKE %L' END;
    asked text := CASE WHEN length(letters) = 2 THEN letters ELSE '%' || plain || '%' END;
    found uuid[];
BEGIN
    -- Planned for this text: whether an index of parts or the caller's own cards are fewer.
    EXECUTE format('SELECT ARRAY(SELECT c.id FROM crm.contact c WHERE %s AND %s LIMIT %s)', format(has, 'name', asked), seen, most)
        INTO found USING sight.people, sight.offices;
    IF cardinality(found) >= most THEN
        RETURN QUERY SELECT unnest(found);
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT x.id FROM (
             SELECT unnest($3) AS id
             UNION (SELECT c.id FROM crm.contact c WHERE c.company IS NOT NULL AND %1$s AND %3$s LIMIT %4$s)
             UNION (SELECT c.id FROM crm.contact_address a JOIN crm.contact c ON c.id = a.contact_id
                    WHERE left(a.address, 200) LIKE %2$L AND %3$s LIMIT %4$s)) AS x LIMIT %4$s',
        format(has, 'company', asked), plain || '%', seen, most)
        USING sight.people, sight.offices, found;
END
$$;

-- The cards that a role sees, if they are few.
CREATE FUNCTION crm.few_cards(sight crm.sight, OUT contacts uuid[], OUT records uuid[], OUT tickets uuid[])
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
    few CONSTANT integer := 3000;
BEGIN
    IF NOT sight.everything THEN
        contacts := ARRAY((SELECT c.id FROM crm.contact c WHERE c.owner_id = ANY (sight.people) LIMIT few)
                          UNION (SELECT c.id FROM crm.contact c WHERE c.office_id = ANY (sight.offices) LIMIT few));
        records := ARRAY((SELECT r.id FROM crm.record r WHERE r.owner_id = ANY (sight.people) LIMIT few)
                         UNION (SELECT r.id FROM crm.record r WHERE r.office_id = ANY (sight.offices) LIMIT few));
        tickets := ARRAY((SELECT t.id FROM crm.ticket t WHERE t.owner_id = ANY (sight.people) LIMIT few)
                         UNION (SELECT t.id FROM crm.ticket t WHERE t.office_id = ANY (sight.offices) LIMIT few));
        IF greatest(cardinality(contacts), cardinality(records), cardinality(tickets)) >= few THEN
            contacts := NULL;
        END IF;
    END IF;
END
$$;

-- What the caller sees of what is made about cards, as the policies have it, if that is little; otherwise null. A list
-- begins with it. What stands on a card of the caller's may stand on somebody else's, too.
CREATE FUNCTION crm.few_about(what text) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
    few CONSTANT integer := 3000;
    sight crm.sight := crm.sight_of(crm.caller());
    cards record := crm.few_cards(sight);
    holder text := CASE what WHEN 'task' THEN 'assigned_to' WHEN 'activity' THEN 'owner_id' WHEN 'outbox' THEN 'author_id' END;
    maker text;
    people uuid[];
    found uuid[];
BEGIN
    IF cards.contacts IS NULL OR holder IS NULL THEN
        RETURN NULL;
    END IF;
    maker := CASE what WHEN 'outbox' THEN 'author_id' ELSE 'created_by' END;
    -- Of mail out nobody else's is seen for its author.
    people := CASE what WHEN 'outbox' THEN ARRAY[sight.who] ELSE sight.people END;
    EXECUTE format('SELECT ARRAY(
            (SELECT w.id FROM crm.%1$I w WHERE w.%2$I = ANY ($1) LIMIT %4$s)
            UNION (SELECT w.id FROM crm.%1$I w WHERE w.%3$I = $2 LIMIT %4$s)
            UNION (SELECT w.id FROM unnest($3) AS c (id) JOIN crm.%1$I w ON w.contact_id = c.id LIMIT %4$s)
            UNION (SELECT w.id FROM unnest($4) AS c (id) JOIN crm.%1$I w ON w.record_id = c.id LIMIT %4$s)
            UNION (SELECT w.id FROM unnest($5) AS c (id) JOIN crm.%1$I w ON w.ticket_id = c.id LIMIT %4$s))',
        what, holder, maker, few)
        INTO found USING people, sight.who, cards.contacts, cards.records, cards.tickets;
    IF cardinality(found) >= few THEN
        RETURN NULL;
    END IF;
    EXECUTE format('SELECT ARRAY(
            SELECT w.id FROM unnest($7) AS f (id) JOIN crm.%1$I w ON w.id = f.id
            WHERE w.%2$I = ANY ($1) OR w.%3$I = $2
               OR (w.contact_id IS NULL OR w.contact_id = ANY ($3)) AND (w.record_id IS NULL OR w.record_id = ANY ($4))
                  AND (w.ticket_id IS NULL OR w.ticket_id = ANY ($5))%4$s)', what, holder, maker,
        CASE what WHEN 'task' THEN '' ELSE format(' AND (w.%1$I IS NULL OR EXISTS (SELECT FROM crm.mail_access a
            WHERE a.mail_id = w.%1$I AND a.scope_id = ANY ($6) OFFSET 0))', CASE what WHEN 'outbox' THEN 'in_reply_to' ELSE 'mail_id' END) END)
        INTO found USING people, sight.who, cards.contacts, cards.records, cards.tickets, sight.scopes, found;
    RETURN found;
END
$$;
COMMENT ON FUNCTION crm.few_about(text) IS 'What of task, activity or outbox the caller sees, if it is little: where a list begins.';
CREATE INDEX task_created_by ON crm.task (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX activity_created_by ON crm.activity (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX outbox_author ON crm.outbox (author_id, id) WHERE author_id IS NOT NULL;
CREATE INDEX outbox_record ON crm.outbox (record_id, id) WHERE record_id IS NOT NULL;
CREATE INDEX outbox_ticket ON crm.outbox (ticket_id, id) WHERE ticket_id IS NOT NULL;

-- Digests of the addresses of the cards that the caller sees, if they are few; otherwise null.
CREATE FUNCTION crm.few_addresses() RETURNS bytea[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cards record := crm.few_cards(crm.sight_of(crm.caller()));
BEGIN
    RETURN CASE WHEN cards.contacts IS NOT NULL
        THEN ARRAY(SELECT a.digest FROM unnest(cards.contacts) AS c (id) JOIN crm.contact_address a ON a.contact_id = c.id) END;
END
$$;

-- The caller, if of the lines of intake only those of the own mails are seen.
CREATE FUNCTION crm.own_lines_only() RETURNS uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    sight crm.sight := crm.sight_of(crm.caller());
BEGIN
    RETURN CASE WHEN NOT sight.lines AND crm.inboxes_of(sight.offices) = '{}' THEN sight.who END;
END
$$;
CREATE INDEX intake_user ON crm.intake (user_id, id) WHERE user_id IS NOT NULL;

-- A session may have the server tell it all its plans (debug_print_plan), and what a plan reckons with is how much there is
-- of what the caller does not see.
DO $$
DECLARE
    list regprocedure;
BEGIN
    FOR list IN SELECT p.oid::regprocedure FROM pg_catalog.pg_proc p
                WHERE p.pronamespace = 'crm'::regnamespace AND p.prosecdef AND p.proname IN ('mail_select', 'search_mail', 'contact_select',
                    'contacts_with', 'contacts_named', 'contacts_interested', 'records_with', 'few_about', 'few_addresses', 'own_lines_only') LOOP
        EXECUTE format('ALTER FUNCTION %s SET client_min_messages = warning', list);
    END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION crm.contact_select(jsonb, text, uuid, bigint, uuid[]), crm.few_cards(crm.sight), crm.few_about(text),
    crm.few_addresses(), crm.own_lines_only() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.contact_select(jsonb, text, uuid, bigint, uuid[]) TO crm_user, crm_desk;
GRANT EXECUTE ON FUNCTION crm.few_about(text), crm.few_addresses(), crm.own_lines_only() TO crm_user, crm_desk, crm_daemon;
