CREATE SCHEMA crm;
ALTER SCHEMA crm OWNER TO crm_owner;
CREATE TYPE crm.sight AS (
	everything boolean,
	who uuid,
	people uuid[],
	offices uuid[],
	scopes bigint[],
	lines boolean
);
ALTER TYPE crm.sight OWNER TO crm_owner;
COMMENT ON TYPE crm.sight IS 'What a role sees: everything, or the cards of these people and offices, and the mails of these scopes.';
CREATE FUNCTION crm.access_by_card() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_hashjoin TO 'on'
    AS $$
DECLARE
    cards uuid[];
    mails uuid[];
BEGIN
    cards := ARRAY(SELECT n.id FROM new_rows n JOIN old_rows o USING (id)
                   WHERE (n.owner_id, n.office_id) IS DISTINCT FROM (o.owner_id, o.office_id));
    IF cards = '{}' THEN
        RETURN NULL;
    END IF;
    CASE TG_TABLE_NAME
        WHEN 'contact' THEN
            mails := ARRAY(SELECT DISTINCT mail_id FROM crm.link WHERE contact_id = ANY (cards));
        WHEN 'record' THEN
            mails := ARRAY(SELECT DISTINCT mail_id FROM crm.link WHERE record_id = ANY (cards));
        ELSE
            mails := ARRAY(SELECT DISTINCT mail_id FROM crm.link WHERE ticket_id = ANY (cards));
    END CASE;
    IF mails <> '{}' THEN
        PERFORM crm.refresh_access(mails);
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.access_by_card() OWNER TO crm_owner;
CREATE FUNCTION crm.access_by_intake() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    unlinked uuid[];
BEGIN
    unlinked := ARRAY(SELECT DISTINCT i.mail_id FROM changed i
                      WHERE i.mail_id IS NOT NULL AND NOT EXISTS (SELECT FROM crm.link l WHERE l.mail_id = i.mail_id)
                      ORDER BY i.mail_id);
    IF unlinked <> '{}' THEN
        PERFORM crm.refresh_access(unlinked);
    END IF;
    IF EXISTS (SELECT FROM changed WHERE user_id IS NOT NULL AND mail_id IS NOT NULL) THEN
        PERFORM crm.ensure_scopes(ARRAY(SELECT DISTINCT 'author:' || user_id FROM changed WHERE user_id IS NOT NULL));
        INSERT INTO crm.mail_access (scope_id, sent_at, mail_id, author)
        SELECT DISTINCT s.id, least(m.sent_at, m.received_at), m.id, true
        FROM changed i
        JOIN crm.scope s ON s.author_id = i.user_id
        JOIN crm.mail m ON m.id = i.mail_id
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.access_by_intake() OWNER TO crm_owner;
CREATE FUNCTION crm.access_by_link() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    cards uuid[];
    mails uuid[];
BEGIN
    IF TG_OP <> 'DELETE' THEN
        -- By arrays: a join could be read as one row of the card's table after the other.
        cards := ARRAY(SELECT DISTINCT contact_id FROM changed WHERE contact_id IS NOT NULL);
        IF cards <> '{}' THEN
            PERFORM FROM crm.contact WHERE id = ANY (cards) ORDER BY id FOR SHARE;
        END IF;
        cards := ARRAY(SELECT DISTINCT record_id FROM changed WHERE record_id IS NOT NULL);
        IF cards <> '{}' THEN
            PERFORM FROM crm.record WHERE id = ANY (cards) ORDER BY id FOR SHARE;
        END IF;
        cards := ARRAY(SELECT DISTINCT ticket_id FROM changed WHERE ticket_id IS NOT NULL);
        IF cards <> '{}' THEN
            PERFORM FROM crm.ticket WHERE id = ANY (cards) ORDER BY id FOR SHARE;
        END IF;
    END IF;
    mails := ARRAY(SELECT DISTINCT mail_id FROM changed ORDER BY mail_id);
    IF mails <> '{}' THEN
        PERFORM crm.refresh_access(mails);
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.access_by_link() OWNER TO crm_owner;
CREATE FUNCTION crm.acting_administrator() RETURNS uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
ALTER FUNCTION crm.acting_administrator() OWNER TO crm_owner;
CREATE FUNCTION crm.active_users() RETURNS TABLE(id uuid, login text, name text, role text, addresses text[], sasl_logins text[], client_addresses inet[], issuers text[], subjects text[], teams bigint)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'on'
    SET enable_hashjoin TO 'on'
    SET enable_nestloop TO 'off'
    AS $$
BEGIN
    RETURN QUERY
        SELECT u.id, u.login, u.name, u.role, coalesce(a.all, '{}'), coalesce(s.all, '{}'), coalesce(c.all, '{}'), coalesce(k.issuers, '{}'),
            coalesce(k.subjects, '{}'), coalesce(t.count, 0)
        FROM crm.users u
        LEFT JOIN (SELECT o.user_id, array_agg(o.address ORDER BY o.position, o.address) AS all FROM crm.user_address o GROUP BY 1) AS a
            ON a.user_id = u.id
        LEFT JOIN (SELECT o.user_id, array_agg(o.login) AS all FROM crm.user_sasl_login o GROUP BY 1) AS s ON s.user_id = u.id
        LEFT JOIN (SELECT o.user_id, array_agg(o.address) AS all FROM crm.user_client_address o GROUP BY 1) AS c ON c.user_id = u.id
        LEFT JOIN (SELECT o.user_id, array_agg(o.issuer ORDER BY o.issuer, o.subject) AS issuers,
                       array_agg(o.subject ORDER BY o.issuer, o.subject) AS subjects
                   FROM crm.user_certificate o GROUP BY 1) AS k ON k.user_id = u.id
        LEFT JOIN (SELECT o.user_id, count(*) AS count FROM crm.team_member o GROUP BY 1) AS t ON t.user_id = u.id
        WHERE u.deactivated_at IS NULL
        ORDER BY u.created_at, u.id;
END
$$;
ALTER FUNCTION crm.active_users() OWNER TO crm_owner;
CREATE FUNCTION crm.add_content(content bytea) RETURNS bytea
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    key bytea := sha256(content);
    who uuid := crm.user_of(crm.caller());
BEGIN
    IF who IS NULL THEN
        RAISE EXCEPTION '% is no active user', crm.caller() USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO crm.attachment_content (sha256, content) VALUES (key, content) ON CONFLICT DO NOTHING;
    INSERT INTO crm.upload AS u (sha256, user_id) VALUES (key, who)
    ON CONFLICT ON CONSTRAINT upload_pkey DO UPDATE SET added_at = now();
    RETURN key;
END
$$;
ALTER FUNCTION crm.add_content(content bytea) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.add_content(content bytea) IS 'Keeps a content that its caller is going to attach; returns its SHA-256.';
CREATE FUNCTION crm.digest(value text) RETURNS bytea
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN sha256(convert_to(value, 'UTF8'::name));
ALTER FUNCTION crm.digest(value text) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.digest(value text) IS 'SHA-256 of a text: the key under which it is unique and found.';
CREATE TABLE crm.contact_address (
    contact_id uuid NOT NULL,
    address text NOT NULL,
    shown text NOT NULL,
    digest bytea GENERATED ALWAYS AS (crm.digest(address)) STORED NOT NULL,
    shared boolean DEFAULT false NOT NULL,
    "position" smallint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE crm.contact_address OWNER TO crm_owner;
CREATE FUNCTION crm.address_holders(address_digest bytea) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    RETURN (SELECT count(*) AS count FROM crm.contact_address WHERE (((contact_address.digest = address_holders.address_digest) AND (NOT contact_address.shared)) OR ((contact_address.digest = address_holders.address_digest) AND contact_address.shared)));
ALTER FUNCTION crm.address_holders(address_digest bytea) OWNER TO crm_owner;
CREATE FUNCTION crm.advance_series(prefix text, number bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF number NOT BETWEEN 1 AND 999999999 THEN
        RAISE EXCEPTION 'the number of a code given by hand has at most nine digits' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO crm.series AS s (prefix, year, last) VALUES (advance_series.prefix, 0, number)
    ON CONFLICT ON CONSTRAINT series_pkey DO UPDATE SET last = greatest(s.last, excluded.last);
END
$$;
ALTER FUNCTION crm.advance_series(prefix text, number bigint) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.advance_series(prefix text, number bigint) IS 'Has a series go on behind a number that was given by hand.';
CREATE FUNCTION crm.allot(prefixes text[], yearly boolean[], wanted bigint[]) RETURNS TABLE(prefix text, year smallint, last bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
BEGIN
    IF EXISTS (SELECT FROM unnest(wanted) AS w (n) WHERE n NOT BETWEEN 1 AND 100000) THEN
        RAISE EXCEPTION 'numbers are given one by one or in batches' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
        INSERT INTO crm.series AS s (prefix, year, last)
        SELECT n.prefix, CASE WHEN n.yearly THEN extract(year FROM now())::smallint ELSE 0 END, n.wanted
        FROM unnest(prefixes, yearly, wanted) AS n(prefix, yearly, wanted)
        ORDER BY 1, 2
        ON CONFLICT (prefix, year) DO UPDATE SET last = s.last + excluded.last
        RETURNING s.prefix, s.year, s.last;
END
$$;
ALTER FUNCTION crm.allot(prefixes text[], yearly boolean[], wanted bigint[]) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.allot(prefixes text[], yearly boolean[], wanted bigint[]) IS 'Gives the next numbers of series.';
CREATE FUNCTION crm.audit_card(key jsonb, change jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN COALESCE((key ->> 'contact_id'::text), (change ->> 'contact_id'::text), (key ->> 'record_id'::text), (change ->> 'record_id'::text), (key ->> 'ticket_id'::text), (change ->> 'ticket_id'::text), (key ->> 'mail_id'::text), (change ->> 'mail_id'::text));
ALTER FUNCTION crm.audit_card(key jsonb, change jsonb) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.audit_card(key jsonb, change jsonb) IS 'Id of the card that the changed row stood on; null for cards themselves.';
CREATE FUNCTION crm.audit_rows() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_hashjoin TO 'on'
    AS $$
DECLARE
    keys text[] := ARRAY(SELECT a FROM unnest(TG_ARGV) AS a WHERE NOT starts_with(a, '-'));
    -- Computed, or said by `at`.
    without text[] := ARRAY(SELECT substr(a, 2) FROM unnest(TG_ARGV) AS a WHERE starts_with(a, '-'))
        || ARRAY['digest', 'updated_at'];
    them name := crm.caller();
    who uuid := (SELECT u.id FROM crm.users u WHERE u.pg_role = them::text);
    note text := left(nullif(current_setting('crm.operator', true), ''), 200);
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO crm.audit (as_role, user_id, operator, action, entity, entity_id, change)
        SELECT them, who, note, 'insert', TG_TABLE_NAME, (x.r ->> 'id')::uuid, x.r
        FROM (SELECT jsonb_strip_nulls(to_jsonb(n) - without) AS r FROM new_rows AS n) AS x;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO crm.audit (as_role, user_id, operator, action, entity, entity_id, change)
        SELECT them, who, note, 'delete', TG_TABLE_NAME, (x.r ->> 'id')::uuid, x.r
        FROM (SELECT jsonb_strip_nulls(to_jsonb(o) - without) AS r FROM old_rows AS o) AS x;
    ELSE
        -- A row whose key has changed is one that went and one that came.
        INSERT INTO crm.audit (as_role, user_id, operator, action, entity, entity_id, key, change)
        SELECT them, who, note, CASE WHEN o.r IS NULL THEN 'insert' WHEN n.r IS NULL THEN 'delete' ELSE 'update' END,
            TG_TABLE_NAME, (coalesce(n.r, o.r) ->> 'id')::uuid,
            CASE WHEN keys <> '{id}' THEN (SELECT jsonb_object_agg(k, coalesce(n.r, o.r) -> k) FROM unnest(keys) AS k) END,
            c.change
        FROM (SELECT r, ARRAY(SELECT r ->> k FROM unnest(keys) AS k) AS k
              FROM (SELECT to_jsonb(x) - without AS r FROM old_rows AS x) AS x) AS o
        FULL JOIN (SELECT r, ARRAY(SELECT r ->> k FROM unnest(keys) AS k) AS k
              FROM (SELECT to_jsonb(x) - without AS r FROM new_rows AS x) AS x) AS n ON n.k = o.k
        CROSS JOIN LATERAL (
            SELECT CASE WHEN o.r IS NULL OR n.r IS NULL THEN jsonb_strip_nulls(coalesce(n.r, o.r))
                        ELSE (SELECT jsonb_object_agg(key, jsonb_build_array(a.value, b.value))
                              FROM jsonb_each(o.r) AS a JOIN jsonb_each(n.r) AS b USING (key)
                              WHERE a.value IS DISTINCT FROM b.value) END AS change) AS c
        WHERE o.r IS DISTINCT FROM n.r;
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.audit_rows() OWNER TO crm_owner;
CREATE FUNCTION crm.audit_table(name text, VARIADIC arguments text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    list text := (SELECT string_agg(quote_literal(a), ', ') FROM unnest(arguments) AS a);
BEGIN
    EXECUTE format('CREATE TRIGGER audit_insert AFTER INSERT ON crm.%I REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT WHEN (current_user <> ''crm_daemon'') EXECUTE FUNCTION crm.audit_rows(%s)', name, list);
    EXECUTE format('CREATE TRIGGER audit_update AFTER UPDATE ON crm.%I REFERENCING OLD TABLE AS old_rows
        NEW TABLE AS new_rows FOR EACH STATEMENT WHEN (current_user <> ''crm_daemon'')
        EXECUTE FUNCTION crm.audit_rows(%s)', name, list);
    EXECUTE format('CREATE TRIGGER audit_delete AFTER DELETE ON crm.%I REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT WHEN (current_user <> ''crm_daemon'') EXECUTE FUNCTION crm.audit_rows(%s)', name, list);
    EXECUTE format('ALTER TABLE crm.%I ENABLE ALWAYS TRIGGER audit_insert, ENABLE ALWAYS TRIGGER audit_update,
        ENABLE ALWAYS TRIGGER audit_delete', name);
END
$$;
ALTER FUNCTION crm.audit_table(name text, VARIADIC arguments text[]) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.audit_table(name text, VARIADIC arguments text[]) IS 'Has a table audited: its key, then -column for what is left out.';
CREATE FUNCTION crm.block_key(address text) RETURNS bytea
    LANGUAGE sql STABLE STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT substring(sha256(sha256(s.value) || decode(repeat('00', 32), 'hex') || '\x00'::bytea
        || convert_to(address, 'UTF8')) FROM 1 FOR 16)
    FROM crm.secret s WHERE s.name = 'blocks'
$$;
ALTER FUNCTION crm.block_key(address text) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.block_key(address text) IS 'What stays of a blocked canonical address after an erasure: its keyed_hash.';
CREATE FUNCTION crm.caller() RETURNS name
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE current_setting('role'::text) WHEN 'none'::text THEN SESSION_USER ELSE (current_setting('role'::text))::name END;
ALTER FUNCTION crm.caller() OWNER TO crm_owner;
COMMENT ON FUNCTION crm.caller() IS 'Role that the session acts as, also within functions of the owner.';
CREATE FUNCTION crm.claim_outbox(node text, lease interval, most integer, per_minute integer) RETURNS SETOF uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
DECLARE
    burst integer := (per_minute + 1) / 2;
    gap interval := make_interval(secs => 60.0 / (per_minute - burst + 1));
    due record;
    slot timestamptz;
BEGIN
    FOR due IN
        SELECT picked.id, picked.slot_at, picked.domain FROM (
            SELECT o.id, o.slot_at, crm.digest(lower(substring(o.rcpt_to FROM '[^@]*$'))) AS domain
            FROM crm.outbox o
            WHERE o.state = 'queued' AND o.channel = 'mail' AND o.next_at <= now()
              AND (o.leased_until IS NULL OR o.leased_until <= now())
            ORDER BY o.next_at LIMIT most FOR UPDATE SKIP LOCKED) picked
        -- Two nodes lock the rows of domains in one order.
        ORDER BY picked.domain, picked.id
    LOOP
        -- Somebody may have had it tried before its turn.
        IF due.slot_at IS NULL OR due.slot_at NOT BETWEEN now() - interval '10 seconds' AND now() THEN
            INSERT INTO crm.outbox_domain AS d (domain, free_at) VALUES (due.domain, now() + gap)
            ON CONFLICT (domain) DO UPDATE SET free_at = greatest(d.free_at, now()) + gap
            RETURNING d.free_at - burst * gap INTO slot;
            IF slot > now() THEN
                UPDATE crm.outbox SET next_at = slot, slot_at = slot, leased_by = NULL, leased_until = NULL
                WHERE id = due.id;
                CONTINUE;
            END IF;
        END IF;
        UPDATE crm.outbox
        SET leased_by = node, leased_until = now() + lease, next_at = now() + lease, slot_at = NULL
        WHERE id = due.id;
        RETURN NEXT due.id;
    END LOOP;
END
$_$;
ALTER FUNCTION crm.claim_outbox(node text, lease interval, most integer, per_minute integer) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.claim_outbox(node text, lease interval, most integer, per_minute integer) IS 'Leases rows of the outbox that are due to a node, at most so many, and so many a minute to one domain.';
CREATE FUNCTION crm.contact_select(filter jsonb, ordering text, after uuid, most bigint, among uuid[]) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET client_min_messages TO 'warning'
    AS $_$
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
$_$;
ALTER FUNCTION crm.contact_select(filter jsonb, ordering text, after uuid, most bigint, among uuid[]) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.contact_select(filter jsonb, ordering text, after uuid, most bigint, among uuid[]) IS 'Ids of contacts that the caller may see, by filter, in the order newest, name or updated, behind the contact `after`.';
CREATE FUNCTION crm.contact_type_keep_built_in() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION 'the type % is built in and stays', OLD.key USING ERRCODE = 'integrity_constraint_violation';
END
$$;
ALTER FUNCTION crm.contact_type_keep_built_in() OWNER TO crm_owner;
CREATE FUNCTION crm.contacts_interested(interest text, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET client_min_messages TO 'warning'
    AS $_$
DECLARE
    them name := crm.caller();
    who uuid := crm.user_of(them);
    seen text := CASE WHEN crm.sees_all_cards(them) THEN 'true' ELSE '(c.owner_id = ANY ($1) OR c.office_id = ANY ($2))' END;
BEGIN
    RETURN QUERY EXECUTE format('SELECT c.id FROM crm.contact c WHERE c.interests @> ARRAY[%L] AND %s LIMIT %s', interest, seen, most)
        USING crm.people_of(who), crm.offices_of(who);
END
$_$;
ALTER FUNCTION crm.contacts_interested(interest text, most integer) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.contacts_interested(interest text, most integer) IS 'Contacts with that interest that the caller may see.';
CREATE FUNCTION crm.contacts_named(whole text, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET client_min_messages TO 'warning'
    AS $$
DECLARE
    them name := crm.caller();
    who uuid := crm.user_of(them);
    everything boolean := crm.sees_all_cards(them);
    people uuid[] := crm.people_of(who);
    offices uuid[] := crm.offices_of(who);
BEGIN
    RETURN QUERY
        SELECT n.id
        FROM (SELECT c.* FROM crm.contact c WHERE lower(left(c.name, 200)) = lower(left(whole, 200)) OFFSET 0) AS n
        WHERE n.merged_into IS NULL AND (everything OR n.owner_id = ANY (people) OR n.office_id = ANY (offices))
        ORDER BY n.id DESC
        LIMIT most;
END
$$;
ALTER FUNCTION crm.contacts_named(whole text, most integer) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.contacts_named(whole text, most integer) IS 'Contacts of that name that the caller may see, the newest first.';
CREATE FUNCTION crm.contacts_with(part text, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET client_min_messages TO 'warning'
    AS $_$
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
$_$;
ALTER FUNCTION crm.contacts_with(part text, most integer) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.contacts_with(part text, most integer) IS 'Contacts that the caller may see with this part of a name or company, or this beginning of an address.';
CREATE FUNCTION crm.decide_erasure(mails uuid[], content text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
ALTER FUNCTION crm.decide_erasure(mails uuid[], content text) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.decide_erasure(mails uuid[], content text) IS 'Whether the bodies of pending mails are deleted or kept, for an administrator: mails, delete or keep; returns how many.';
CREATE FUNCTION crm.declare_inboxes(keys text[], offices text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO crm.inbox AS i (key, office)
    SELECT * FROM unnest(keys, offices) ORDER BY 1
    ON CONFLICT (key) DO UPDATE SET office = excluded.office WHERE i.office IS DISTINCT FROM excluded.office
$$;
ALTER FUNCTION crm.declare_inboxes(keys text[], offices text[]) OWNER TO crm_owner;
CREATE FUNCTION crm.delete_mails(mails uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    AS $$
BEGIN
    PERFORM crm.take_mails(mails, NULL, 'retention');
    DELETE FROM crm.link WHERE mail_id = ANY (mails);
    DELETE FROM crm.party WHERE mail_id = ANY (mails);
    DELETE FROM crm.mail_key k USING crm.mail m WHERE m.id = ANY (mails) AND k.fingerprint = m.fingerprint AND k.mail_id = m.id;
    DELETE FROM crm.mail WHERE id = ANY (mails);
    DELETE FROM crm.mail_access WHERE mail_id = ANY (mails);
    DELETE FROM crm.mail_handling WHERE mail_id = ANY (mails);
    DELETE FROM crm.erasure_pending WHERE mail_id = ANY (mails);
    DELETE FROM crm.note WHERE mail_id = ANY (mails);
    -- What told somebody of it by mail or webhook was sent long ago; it may carry the mail's text.
    UPDATE crm.outbox o SET notification_id = NULL, message = '{}'
    FROM crm.notification n WHERE n.mail_id = ANY (mails) AND o.notification_id = n.id;
    DELETE FROM crm.notification WHERE mail_id = ANY (mails);
    UPDATE crm.activity SET mail_id = NULL WHERE mail_id = ANY (mails);
    -- They have allowed it, and would become as many as the mails. Those of contents tell who comes just behind.
    DELETE FROM crm.erasure WHERE mail_id = ANY (mails) AND transaction = pg_current_xact_id();
END
$$;
ALTER FUNCTION crm.delete_mails(mails uuid[]) OWNER TO crm_owner;
CREATE FUNCTION crm.drop_empty_partitions() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    SET lock_timeout TO '2s'
    SET enable_seqscan TO 'on'
    AS $_$
DECLARE
    month text;
    parent text;
    parents text[] := ARRAY['mail', 'mail_raw', 'party', 'attachment', 'mail_search'];
    filled boolean;
    dropped integer := 0;
BEGIN
    IF NOT pg_has_role(crm.caller(), 'crm_daemon', 'USAGE') THEN
        PERFORM crm.acting_administrator();
    END IF;
    FOR month IN
        SELECT substring(c.relname FROM '_([0-9]{4}_[0-9]{2})$') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'crm.mail'::regclass
          AND to_timestamp(substring(c.relname FROM '_([0-9]{4}_[0-9]{2})$'), 'YYYY_MM') < date_trunc('month', now()) - interval '1 month'
        ORDER BY 1
    LOOP
        filled := false;
        FOREACH parent IN ARRAY parents LOOP
            IF NOT filled AND to_regclass(format('crm.%I', parent || '_' || month)) IS NOT NULL THEN
                EXECUTE format('SELECT EXISTS (SELECT FROM crm.%I)', parent || '_' || month) INTO filled;
            END IF;
        END LOOP;
        CONTINUE WHEN filled;
        -- No id of such a month is made any more, so nothing comes between the look and the drop.
        FOREACH parent IN ARRAY parents LOOP
            IF to_regclass(format('crm.%I', parent || '_' || month)) IS NOT NULL THEN
                EXECUTE format('DROP TABLE crm.%I', parent || '_' || month);
                dropped := dropped + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN dropped;
END
$_$;
ALTER FUNCTION crm.drop_empty_partitions() OWNER TO crm_owner;
COMMENT ON FUNCTION crm.drop_empty_partitions() IS 'Drops partitions of past months of which nothing is left; returns how many.';
CREATE FUNCTION crm.ensure_partitions() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $_$
DECLARE
    parent text;
    child text;
    month timestamptz;
    made integer := 0;
    oldest timestamptz := (SELECT min(to_timestamp(substring(inhrelid::regclass::text FROM '[0-9]{4}_[0-9]{2}$'), 'YYYY_MM'))
                           FROM pg_inherits WHERE inhparent = 'crm.mail'::regclass);
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('crm.ensure_partitions'));
    FOREACH parent IN ARRAY ARRAY['mail', 'mail_raw', 'party', 'attachment', 'mail_search'] LOOP
        FOR month IN
            SELECT generate_series(CASE parent WHEN 'mail_search'
                    THEN least(oldest, date_trunc('month', now() - interval '1 day'))
                    ELSE date_trunc('month', now() - interval '1 day') END,
                date_trunc('month', now()) + interval '3 months', interval '1 month')
        LOOP
            child := parent || to_char(month, '_YYYY_MM');
            IF to_regclass(format('crm.%I', child)) IS NULL THEN
                EXECUTE format('CREATE TABLE crm.%I (LIKE crm.%I INCLUDING ALL)', child, parent);
                EXECUTE format('ALTER TABLE crm.%I ATTACH PARTITION crm.%I FOR VALUES FROM (%L) TO (%L)',
                    parent, child, crm.id_floor(month), crm.id_floor(month + interval '1 month'));
                IF parent <> 'mail_search' THEN
                    -- Row triggers are cloned by ATTACH, statement triggers are not.
                    EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON crm.%I
                        FOR EACH STATEMENT EXECUTE FUNCTION crm.refuse_change()', child);
                    EXECUTE format('ALTER TABLE crm.%I ENABLE ALWAYS TRIGGER refuse_change', child);
                    EXECUTE format('ALTER TABLE crm.%I ENABLE ALWAYS TRIGGER refuse_truncate', child);
                END IF;
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END
$_$;
ALTER FUNCTION crm.ensure_partitions() OWNER TO crm_owner;
CREATE FUNCTION crm.ensure_role(login text, known text, kind text, active boolean) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    remark text := format('user %s of crm-milter in database %s', left(login, 200), current_database());
    wanted text := known;
    todo text[];
    statement text;
BEGIN
    FOR attempt IN 0..99 LOOP
        EXIT WHEN wanted IS NOT NULL AND (to_regrole(quote_ident(wanted)) IS NULL
            OR shobj_description(to_regrole(quote_ident(wanted)), 'pg_authid') = remark);
        wanted := crm.role_name(login, attempt);
        IF EXISTS (SELECT FROM crm.users u WHERE u.pg_role = wanted) AND wanted IS DISTINCT FROM known THEN
            wanted := NULL;
        END IF;
    END LOOP;
    todo := crm.role_statements(wanted, remark, kind, active);
    FOREACH statement IN ARRAY todo LOOP
        BEGIN
            EXECUTE statement;
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE EXCEPTION '% may not make the PostgreSQL role of user %', current_user, login
                USING ERRCODE = 'insufficient_privilege',
                      HINT = 'as a PostgreSQL administrator, then the same again: '
                          || array_to_string(todo, '; ') || ';';
        END;
    END LOOP;
    RETURN wanted;
END
$$;
ALTER FUNCTION crm.ensure_role(login text, known text, kind text, active boolean) OWNER TO crm_owner;
CREATE FUNCTION crm.ensure_scopes(made text[]) RETURNS bigint[]
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    found bigint[] := crm.find_scopes(made);
BEGIN
    IF array_position(found, NULL) IS NULL THEN
        RETURN found;
    END IF;
    WITH wanted AS MATERIALIZED (
        SELECT DISTINCT m.text, sha256(convert_to(m.text, 'UTF8')) AS key
        FROM unnest(made, found) AS m (text, scope) WHERE m.scope IS NULL
    ), fresh AS (
        INSERT INTO crm.scope (key, author_id, inbox)
        SELECT key, CASE WHEN starts_with(text, 'author:') THEN substr(text, 8)::uuid END,
            CASE WHEN starts_with(text, 'inbox:') THEN substr(text, 7) END
        FROM wanted ORDER BY 1
        ON CONFLICT DO NOTHING
        RETURNING id, key, author_id, inbox
    )
    INSERT INTO crm.scope_holder (scope_id, owner_id, office_id, holder, holders)
    SELECT f.id, nullif(split_part(h.text, '/', 1), '')::uuid, nullif(split_part(h.text, '/', 2), '')::uuid, h.place,
        count(*) OVER (PARTITION BY f.id)
    FROM fresh f
    JOIN wanted w ON w.key = f.key
    CROSS JOIN LATERAL unnest(string_to_array(w.text, ',')) WITH ORDINALITY AS h (text, place)
    WHERE f.author_id IS NULL AND f.inbox IS NULL;
    RETURN crm.find_scopes(made);
END
$$;
ALTER FUNCTION crm.ensure_scopes(made text[]) OWNER TO crm_owner;
CREATE FUNCTION crm.ensure_user_roles() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    someone record;
    wanted text;
    changed integer := 0;
BEGIN
    FOR someone IN SELECT * FROM crm.users ORDER BY created_at, id LOOP
        wanted := crm.ensure_role(someone.login, someone.pg_role, someone.role, someone.deactivated_at IS NULL);
        IF wanted IS DISTINCT FROM someone.pg_role THEN
            UPDATE crm.users SET pg_role = wanted WHERE id = someone.id;
            changed := changed + 1;
        END IF;
    END LOOP;
    RETURN changed;
END
$$;
ALTER FUNCTION crm.ensure_user_roles() OWNER TO crm_owner;
COMMENT ON FUNCTION crm.ensure_user_roles() IS 'Makes the roles that users lack: after a restore into a new server.';
CREATE FUNCTION crm.erase_blocks(ids uuid[], addresses text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
ALTER FUNCTION crm.erase_blocks(ids uuid[], addresses text[]) OWNER TO crm_owner;
CREATE FUNCTION crm.erase_contact(contact uuid, own text[], domains text[], also text[], spare_name boolean) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
ALTER FUNCTION crm.erase_contact(contact uuid, own text[], domains text[], also text[], spare_name boolean) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.erase_contact(contact uuid, own text[], domains text[], also text[], spare_name boolean) IS 'Erases a person, for an administrator: the contact, the company''s own addresses and domains, more text that names the person, whether the name stays in others'' texts.';
CREATE FUNCTION crm.erase_text(ids uuid[], addresses text[], records uuid[], tickets uuid[], mails uuid[], pattern text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'on'
    AS $_$
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
$_$;
ALTER FUNCTION crm.erase_text(ids uuid[], addresses text[], records uuid[], tickets uuid[], mails uuid[], pattern text) OWNER TO crm_owner;
CREATE FUNCTION crm.erase_work(ids uuid[], addresses text[], records uuid[], tickets uuid[], mails uuid[], who uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'on'
    AS $$
    UPDATE crm.outbox SET state = 'cancelled', settled_at = now()
    WHERE state = 'queued' AND (contact_id = ANY (ids) OR lower(rcpt_to) = ANY (addresses));
    UPDATE crm.task SET completed_at = now(), completed_by = who WHERE completed_at IS NULL AND contact_id = ANY (ids);
    UPDATE crm.activity SET completed_at = now(), completed_by = who WHERE completed_at IS NULL AND contact_id = ANY (ids);
    UPDATE crm.notification SET seen_at = now() WHERE seen_at IS NULL AND (contact_id = ANY (ids) OR mail_id = ANY (mails));
    UPDATE crm.intake SET resolved_at = now(), resolved_by = who, resolution = 'erased'
    WHERE outcome = 'unresolved' AND resolved_at IS NULL AND mail_id = ANY (mails);
$$;
ALTER FUNCTION crm.erase_work(ids uuid[], addresses text[], records uuid[], tickets uuid[], mails uuid[], who uuid) OWNER TO crm_owner;
CREATE FUNCTION crm.few_about(what text) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    SET client_min_messages TO 'warning'
    AS $_$
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
$_$;
ALTER FUNCTION crm.few_about(what text) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.few_about(what text) IS 'What of task, activity or outbox the caller sees, if it is little: where a list begins.';
CREATE FUNCTION crm.few_addresses() RETURNS bytea[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET client_min_messages TO 'warning'
    AS $$
DECLARE
    cards record := crm.few_cards(crm.sight_of(crm.caller()));
BEGIN
    RETURN CASE WHEN cards.contacts IS NOT NULL
        THEN ARRAY(SELECT a.digest FROM unnest(cards.contacts) AS c (id) JOIN crm.contact_address a ON a.contact_id = c.id) END;
END
$$;
ALTER FUNCTION crm.few_addresses() OWNER TO crm_owner;
CREATE FUNCTION crm.few_cards(sight crm.sight, OUT contacts uuid[], OUT records uuid[], OUT tickets uuid[]) RETURNS record
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
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
ALTER FUNCTION crm.few_cards(sight crm.sight, OUT contacts uuid[], OUT records uuid[], OUT tickets uuid[]) OWNER TO crm_owner;
CREATE FUNCTION crm.find_scopes(made text[]) RETURNS bigint[]
    LANGUAGE sql STABLE STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT ARRAY(SELECT (SELECT s.id FROM crm.scope s WHERE s.key = sha256(convert_to(m.text, 'UTF8')))
                 FROM unnest(made) WITH ORDINALITY AS m (text, n) ORDER BY m.n)
$$;
ALTER FUNCTION crm.find_scopes(made text[]) OWNER TO crm_owner;
CREATE FUNCTION crm.follow_conversion() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO crm.link (mail_id, record_id, how, linked_by)
    SELECT NEW.mail_id, deal.id, NEW.how, NEW.linked_by
    FROM crm.record lead
    JOIN crm.record deal ON deal.parent_id = lead.id
    WHERE lead.id = NEW.record_id AND lead.converted_at IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.follow_conversion() OWNER TO crm_owner;
CREATE FUNCTION crm.follow_merge() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    target uuid;
BEGIN
    LOOP
        SELECT merged_into INTO target FROM crm.contact WHERE id = NEW.contact_id FOR KEY SHARE;
        EXIT WHEN target IS NULL;
        NEW.contact_id := target;
    END LOOP;
    RETURN NEW;
END
$$;
ALTER FUNCTION crm.follow_merge() OWNER TO crm_owner;
CREATE FUNCTION crm.guard_code() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
DECLARE
    parts text[];
BEGIN
    IF crm.user_of(crm.caller()) IS NULL THEN
        RETURN NEW;
    END IF;
    parts := regexp_match(NEW.code, CASE TG_TABLE_NAME WHEN 'ticket' THEN '^(.*)-([0-9]{4})-([0-9]{1,18})$'
                                                       ELSE '^(.*)()-([0-9]{1,18})$' END);
    IF parts IS NULL AND TG_TABLE_NAME = 'ticket' OR parts[3]::bigint > coalesce(
            (SELECT s.last FROM crm.series s
             WHERE s.prefix = parts[1] AND s.year = coalesce(nullif(parts[2], '')::smallint, 0)), 0) THEN
        RAISE EXCEPTION 'the code % was not given by its series', NEW.code USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$_$;
ALTER FUNCTION crm.guard_code() OWNER TO crm_owner;
CREATE FUNCTION crm.guard_handling() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
ALTER FUNCTION crm.guard_handling() OWNER TO crm_owner;
CREATE FUNCTION crm.guard_link() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
       OR EXISTS (SELECT FROM crm.contact_merge m
                  JOIN crm.contact c ON c.id = m.contact_id
                  JOIN crm.link l ON l.mail_id = changed.mail_id
                                 AND l.contact_id = CASE WHEN m.undone_at IS NULL THEN m.into_id ELSE m.contact_id END
                  WHERE changed.contact_id IN (m.contact_id, m.into_id) AND now() IN (m.merged_at, m.undone_at)
                    AND c.merged_into IS NOT DISTINCT FROM CASE WHEN m.undone_at IS NULL THEN m.into_id END)
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
ALTER FUNCTION crm.guard_link() OWNER TO crm_owner;
CREATE FUNCTION crm.guard_maker() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    who uuid := crm.user_of(crm.caller());
BEGIN
    IF who IS NULL THEN
        RETURN NEW;
    END IF;
    CASE TG_TABLE_NAME
        WHEN 'consent' THEN
            NEW.recorded_by := who;
            NEW.recorded_at := now();
        WHEN 'contact_merge' THEN
            NEW.merged_by := who;
            NEW.merged_at := now();
            NEW.undone_at := NULL;
        WHEN 'intake' THEN
            NEW.resolved_by := CASE WHEN NEW.resolved_at IS NOT NULL THEN who END;
        WHEN 'block' THEN
            NEW.removed_by := CASE WHEN NEW.removed_at IS NOT NULL THEN (SELECT u.login FROM crm.users u WHERE u.id = who) END;
        ELSE
            NEW.created_by := who;
            NEW.created_at := now();
    END CASE;
    RETURN NEW;
END
$$;
ALTER FUNCTION crm.guard_maker() OWNER TO crm_owner;
CREATE FUNCTION crm.guard_merge() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM FROM crm.contact c WHERE c.id = NEW.merged_into AND c.id <> NEW.id AND c.merged_into IS NULL FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'contact % cannot be merged into %: that is itself, merged, or not yours to see', NEW.id, NEW.merged_into
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION crm.guard_merge() OWNER TO crm_owner;
CREATE FUNCTION crm.guard_named() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    was jsonb := coalesce(to_jsonb(OLD), '{}');
    became jsonb := to_jsonb(NEW);
    named uuid[];
BEGIN
    IF crm.me() IS NULL THEN
        RETURN NEW;
    END IF;
    named := ARRAY(SELECT CASE WHEN became ->> c.name IS DISTINCT FROM was ->> c.name THEN (became ->> c.name)::uuid END
                   FROM unnest(ARRAY['contact_id', 'record_id', 'ticket_id', 'mail_id', 'parent_id', 'follows_id'])
                        WITH ORDINALITY AS c (name, n) ORDER BY c.n);
    IF NOT (crm.sees(named[1], named[2], named[3], named[4]) AND crm.sees(NULL, named[5], named[6], NULL)) THEN
        RAISE EXCEPTION 'the % names a card or a mail that you may not see', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION crm.guard_named() OWNER TO crm_owner;
CREATE FUNCTION crm.guard_news() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    who uuid := crm.user_of(crm.caller());
BEGIN
    IF who IS NULL THEN
        RETURN NEW;
    END IF;
    NEW.text := left(regexp_replace(NEW.text, '[[:cntrl:]]+', ' ', 'g'), 500);
    IF NEW.user_id <> who THEN
        NEW.text := (SELECT u.login FROM crm.users u WHERE u.id = who) || ': ' || NEW.text;
    END IF;
    NEW.created_at := now();
    NEW.told_at := NULL;
    NEW.for_digest := false;
    RETURN NEW;
END
$$;
ALTER FUNCTION crm.guard_news() OWNER TO crm_owner;
CREATE FUNCTION crm.guard_outbox() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
DECLARE
    them uuid := crm.me();
    wrong text;
BEGIN
    IF them IS NULL THEN
        RETURN NEW;
    END IF;
    wrong := CASE
        WHEN NEW.kind NOT IN ('comment', 'letter') THEN 'users write comments and letters'
        WHEN NEW.author_id IS DISTINCT FROM them THEN 'it must be the author''s own'
        WHEN NEW.contact_id IS NULL OR NOT EXISTS (SELECT FROM crm.contact_address a
             WHERE a.contact_id = NEW.contact_id AND a.digest = crm.digest(NEW.rcpt_to)) THEN 'it must go to an address of its contact'
        WHEN NEW.message_id NOT LIKE '<' || replace(NEW.id::text, '-', '') || '@%' THEN 'its Message-ID must be that of its id'
        WHEN NEW.kind = 'comment' AND NOT EXISTS (SELECT FROM crm.ticket_comment k
             WHERE k.id = NEW.comment_id AND k.is_public AND k.ticket_id = NEW.ticket_id AND k.author_id = them)
            THEN 'it must be a public comment of the author''s own on its ticket'
        WHEN NEW.kind = 'letter' AND NEW.comment_id IS NOT NULL THEN 'a letter carries no comment'
        -- In whose name it goes out.
        WHEN (NEW.kind = 'letter') <> (NEW.inbox IS NULL) THEN 'a letter is its author''s, a comment an inbox''s'
        WHEN NEW.message ->> 'code' IS NOT NULL
             AND NOT EXISTS (SELECT FROM crm.ticket t WHERE t.id = NEW.ticket_id AND t.code = NEW.message ->> 'code')
             AND NOT EXISTS (SELECT FROM crm.record r WHERE r.id = NEW.record_id AND r.code = NEW.message ->> 'code')
            THEN 'answers must come to its own ticket or record'
        WHEN octet_length(NEW.message::text) > 10000000 THEN 'its content is too large'
        WHEN jsonb_typeof(NEW.message) <> 'object' OR jsonb_typeof(coalesce(NEW.message -> 'attachments', '[]')) <> 'array'
            THEN 'its content has another form'
        WHEN EXISTS (SELECT FROM jsonb_array_elements(coalesce(NEW.message -> 'attachments', '[]')) AS f (file)
             WHERE coalesce(f.file ->> 'sha256', '') !~ '^[0-9a-f]{64}$') THEN 'its content has another form'
        WHEN EXISTS (SELECT FROM jsonb_array_elements(coalesce(NEW.message -> 'attachments', '[]')) AS f (file)
             WHERE NOT EXISTS (SELECT FROM crm.upload u WHERE u.sha256 = decode(f.file ->> 'sha256', 'hex') AND u.user_id = them)
               AND NOT EXISTS (SELECT FROM crm.attachment_content c WHERE c.sha256 = decode(f.file ->> 'sha256', 'hex')))
            THEN 'it may attach only what its author sees or has put here'
    END;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'this may not go out: %', wrong USING ERRCODE = 'insufficient_privilege',
            HINT = 'Use `crmctl mail write` and `crmctl ticket comment`.';
    END IF;
    RETURN NEW;
END
$_$;
ALTER FUNCTION crm.guard_outbox() OWNER TO crm_owner;
CREATE FUNCTION crm.guard_shared() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF crm.me() IS NOT NULL AND (TG_OP = 'INSERT' OR NOT OLD.shared)
       AND (SELECT count(*) FROM crm.contact_address a
            WHERE a.digest = crm.digest(NEW.address) AND NOT a.shared OR a.digest = crm.digest(NEW.address) AND a.shared)
           < crm.address_holders(crm.digest(NEW.address)) THEN
        RAISE EXCEPTION '% is the address of a contact that you may not see', NEW.shown
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Whoever sees both contacts may give it to both: a coordinator or an administrator.';
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION crm.guard_shared() OWNER TO crm_owner;
CREATE FUNCTION crm.hand_on_block_of_contact() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO crm.block (id, kind, contact_id, scope, reason, created_by, created_at)
    SELECT gen_random_uuid(), 'contact', NEW.merged_into, b.scope, b.reason, b.created_by, b.created_at
    FROM crm.block b
    WHERE b.contact_id = NEW.id AND b.kind = 'contact' AND b.removed_at IS NULL
    ON CONFLICT (contact_id) WHERE removed_at IS NULL AND kind = 'contact'
        DO UPDATE SET scope = 'all' WHERE excluded.scope = 'all';
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.hand_on_block_of_contact() OWNER TO crm_owner;
CREATE FUNCTION crm.hold_content() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
ALTER FUNCTION crm.hold_content() OWNER TO crm_owner;
CREATE TABLE crm.contact (
    id uuid NOT NULL,
    is_company boolean DEFAULT false NOT NULL,
    type text DEFAULT 'client'::text NOT NULL,
    name text NOT NULL,
    company text,
    job_title text,
    language text,
    interests text[] DEFAULT '{}'::text[] NOT NULL,
    origin text,
    owner_id uuid,
    office_id uuid,
    stars smallint DEFAULT 0 NOT NULL,
    colour text,
    emoji text,
    stage_id uuid,
    state text DEFAULT 'open'::text NOT NULL,
    merged_into uuid,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    erased_at timestamp with time zone,
    CONSTRAINT contact_stars_check CHECK (((stars >= 0) AND (stars <= 3))),
    CONSTRAINT contact_state_check CHECK ((state = ANY (ARRAY['open'::text, 'won'::text, 'lost'::text, 'inactive'::text])))
);
ALTER TABLE crm.contact OWNER TO crm_owner;
CREATE TABLE crm.contact_phone (
    contact_id uuid NOT NULL,
    number text NOT NULL,
    digest bytea GENERATED ALWAYS AS (crm.digest(number)) STORED NOT NULL,
    shared boolean DEFAULT false NOT NULL,
    "position" smallint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE crm.contact_phone OWNER TO crm_owner;
CREATE TABLE crm.users (
    id uuid NOT NULL,
    login text NOT NULL,
    name text NOT NULL,
    role text DEFAULT 'agent'::text NOT NULL,
    inbox_permission boolean DEFAULT true NOT NULL,
    office_id uuid,
    language text,
    pg_role text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    deactivated_at timestamp with time zone,
    notices text DEFAULT 'at-once'::text NOT NULL,
    digest_on date,
    CONSTRAINT users_notices_check CHECK ((notices = ANY (ARRAY['at-once'::text, 'digest'::text, 'none'::text]))),
    CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['administrator'::text, 'coordinator'::text, 'agent'::text])))
);
ALTER TABLE crm.users OWNER TO crm_owner;
CREATE FUNCTION crm.holder_owner(address_digest bytea, number_digest bytea) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    RETURN (SELECT COALESCE(u.login, ''::text) AS "coalesce" FROM (((SELECT contact_address.contact_id FROM crm.contact_address WHERE ((contact_address.digest = holder_owner.address_digest) AND (NOT contact_address.shared)) UNION ALL SELECT contact_phone.contact_id FROM crm.contact_phone WHERE ((contact_phone.digest = holder_owner.number_digest) AND (NOT contact_phone.shared))) held JOIN crm.contact c ON ((c.id = held.contact_id))) LEFT JOIN crm.users u ON ((u.id = c.owner_id))) LIMIT 1);
ALTER FUNCTION crm.holder_owner(address_digest bytea, number_digest bytea) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.holder_owner(address_digest bytea, number_digest bytea) IS 'Login of the owner of the contact that has an address or a phone, empty if nobody owns it, NULL if no contact has it.';
CREATE FUNCTION crm.id_floor(moment timestamp with time zone) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (rpad(lpad(to_hex((LEAST(GREATEST(floor((EXTRACT(epoch FROM moment) * (1000)::numeric)), (0)::numeric), ('281474976710655'::bigint)::numeric))::bigint), 12, '0'::text), 32, '0'::text))::uuid;
ALTER FUNCTION crm.id_floor(moment timestamp with time zone) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.id_floor(moment timestamp with time zone) IS 'The smallest UUIDv7 of that moment: bounds of partitions and of time ranges over ids.';
CREATE FUNCTION crm.id_moment(id uuid) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN to_timestamp((((((('x'::text || "left"(replace((id)::text, '-'::text, ''::text), 12)))::bit(48))::bigint)::numeric / 1000.0))::double precision);
ALTER FUNCTION crm.id_moment(id uuid) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.id_moment(id uuid) IS 'The moment of a UUIDv7: the other way round than crm.id_floor.';
CREATE FUNCTION crm.inbox_scopes() RETURNS bigint[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT ARRAY(SELECT id FROM crm.scope WHERE inbox IS NOT NULL)
$$;
ALTER FUNCTION crm.inbox_scopes() OWNER TO crm_owner;
CREATE FUNCTION crm.inboxes_of(offices uuid[]) RETURNS text[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT ARRAY(SELECT i.key FROM crm.inbox i JOIN crm.office o ON lower(o.name) = lower(i.office) WHERE o.id = ANY (offices))
$$;
ALTER FUNCTION crm.inboxes_of(offices uuid[]) OWNER TO crm_owner;
CREATE FUNCTION crm.index_mails(most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    taken uuid[];
BEGIN
    WITH gone AS (
        DELETE FROM crm.search_queue
        WHERE mail_id IN (SELECT q.mail_id FROM crm.search_queue q ORDER BY q.mail_id DESC LIMIT most
                          FOR UPDATE SKIP LOCKED)
        RETURNING mail_id)
    SELECT array_agg(mail_id) INTO taken FROM gone;
    INSERT INTO crm.mail_search (mail_id, words)
    SELECT m.id, crm.mail_words(m.language, m.subject, m.text, m.note)
    FROM unnest(taken) AS t (mail_id)
    JOIN crm.mail m ON m.id = t.mail_id
    ON CONFLICT DO NOTHING;
    RETURN coalesce(cardinality(taken), 0);
END
$$;
ALTER FUNCTION crm.index_mails(most integer) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.index_mails(most integer) IS 'Makes so many of the waiting mails searchable, the newest first; returns how many it took.';
CREATE FUNCTION crm.is_blocked(own text[], domain text, above text[]) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT EXISTS (SELECT FROM crm.block b WHERE b.removed_at IS NULL
                   AND (b.kind = 'address' AND b.value = ANY (own) OR b.kind = 'domain' AND b.value = domain
                        OR b.kind = 'subdomains' AND b.value = ANY (above)))
        OR EXISTS (SELECT FROM unnest(own) AS o (address)
                   JOIN crm.block b ON substring(b.keyed_hash FROM 1 FOR 16) = crm.block_key(o.address)
                   WHERE b.removed_at IS NULL AND b.kind = 'hash')
        OR EXISTS (SELECT FROM unnest(own) AS o (address)
                   JOIN crm.contact_address a ON a.digest = crm.digest(o.address)
                   JOIN crm.block b ON b.contact_id = a.contact_id
                   WHERE b.removed_at IS NULL AND b.kind = 'contact')
$$;
ALTER FUNCTION crm.is_blocked(own text[], domain text, above text[]) OWNER TO crm_owner;
CREATE FUNCTION crm.is_erased(mail uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN EXISTS (SELECT FROM crm.mail m WHERE m.id = mail AND m.erased_at IS NOT NULL);
END
$$;
ALTER FUNCTION crm.is_erased(mail uuid) OWNER TO crm_owner;
CREATE FUNCTION crm.keep_block_of_contact() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO crm.block (id, kind, value, scope, reason, created_by, created_at)
    SELECT gen_random_uuid(), 'address', a.address, b.scope, b.reason, b.created_by, b.created_at
    FROM crm.block b
    JOIN crm.contact_address a ON a.contact_id = b.contact_id
    WHERE b.contact_id = OLD.id AND b.kind = 'contact' AND b.removed_at IS NULL
    ON CONFLICT (kind, value) WHERE removed_at IS NULL AND value IS NOT NULL
        DO UPDATE SET scope = 'all' WHERE excluded.scope = 'all';
    UPDATE crm.block
    SET contact_id = NULL, removed_at = coalesce(removed_at, now()),
        removed_by = coalesce(removed_by, 'deletion of the contact')
    WHERE contact_id = OLD.id;
    RETURN OLD;
END
$$;
ALTER FUNCTION crm.keep_block_of_contact() OWNER TO crm_owner;
CREATE FUNCTION crm.keep_converted_link() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    other text;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.mail_id, NEW.record_id) IS NOT DISTINCT FROM (OLD.mail_id, OLD.record_id) THEN
        RETURN NEW;
    END IF;
    -- Waits for a conversion that is being made.
    PERFORM FROM crm.record WHERE id = OLD.record_id FOR KEY SHARE;
    SELECT r.code INTO other
    FROM crm.record own
    JOIN crm.record r ON r.parent_id = own.id AND own.converted_at IS NOT NULL
                      OR r.id = own.parent_id AND r.converted_at IS NOT NULL
    JOIN crm.link l ON l.record_id = r.id AND l.mail_id = OLD.mail_id
    WHERE own.id = OLD.record_id
    LIMIT 1;
    IF other IS NOT NULL AND NOT EXISTS (SELECT FROM crm.erasure e
            WHERE e.transaction = pg_current_xact_id() AND e.mail_id = OLD.mail_id) THEN
        RAISE EXCEPTION 'the mail stands on % as well, by a conversion, and stays on both', other
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
ALTER FUNCTION crm.keep_converted_link() OWNER TO crm_owner;
CREATE FUNCTION crm.keep_erased() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF to_jsonb(NEW) - ARRAY['owner_id', 'office_id', 'updated_at'] <> to_jsonb(OLD) - ARRAY['owner_id', 'office_id', 'updated_at'] THEN
        RAISE EXCEPTION 'contact % was erased and stays as it is', OLD.id USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION crm.keep_erased() OWNER TO crm_owner;
CREATE FUNCTION crm.late_of_erased() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO crm.erasure_pending (mail_id, cause) VALUES (NEW.mail_id, 'late') ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.late_of_erased() OWNER TO crm_owner;
CREATE FUNCTION crm.left_by_merge(merged uuid) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    who uuid := crm.user_of(crm.caller());
BEGIN
    IF NOT EXISTS (SELECT FROM crm.contact_merge m WHERE m.contact_id = merged AND m.undone_at IS NULL
                   AND (who IS NULL OR m.merged_by = who)) THEN
        RETURN 0;
    END IF;
    RETURN (SELECT count(*) FROM crm.link l WHERE l.contact_id = merged)
        + (SELECT count(*) FROM crm.record_party p WHERE p.contact_id = merged)
        + (SELECT count(*) FROM crm.ticket t WHERE t.contact_id = merged)
        + (SELECT count(*) FROM crm.note n WHERE n.contact_id = merged)
        + (SELECT count(*) FROM crm.task t WHERE t.contact_id = merged)
        + (SELECT count(*) FROM crm.activity a WHERE a.contact_id = merged)
        + (SELECT count(*) FROM crm.consent c WHERE c.contact_id = merged);
END
$$;
ALTER FUNCTION crm.left_by_merge(merged uuid) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.left_by_merge(merged uuid) IS 'How many mails, records, tickets, notes, tasks, activities and consents a merge of the caller''s left on the old contact.';
CREATE FUNCTION crm.letter_pairs(value text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ARRAY(SELECT DISTINCT substr(letter_pairs.value, n.n, 2) AS substr FROM generate_series(1, (length(letter_pairs.value) - 1)) n(n));
ALTER FUNCTION crm.letter_pairs(value text) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.letter_pairs(value text) IS 'Each two letters of a text that stand side by side: what a search for two letters finds.';
CREATE FUNCTION crm.link_converted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM crm.record WHERE parent_id = NEW.id) THEN
        RAISE EXCEPTION 'nothing was made out of %', NEW.code USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    INSERT INTO crm.link (mail_id, record_id, how, linked_by)
    SELECT l.mail_id, made.id, l.how, l.linked_by
    FROM crm.link l
    JOIN crm.record made ON made.parent_id = NEW.id
    WHERE l.record_id = NEW.id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.link_converted() OWNER TO crm_owner;
CREATE FUNCTION crm.mail_list(them name, filter jsonb, ordering text, newest boolean, after uuid, most integer, OUT query text, OUT begins text, OUT scopes bigint[]) RETURNS record
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
ALTER FUNCTION crm.mail_list(them name, filter jsonb, ordering text, newest boolean, after uuid, most integer, OUT query text, OUT begins text, OUT scopes bigint[]) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.mail_list(them name, filter jsonb, ordering text, newest boolean, after uuid, most integer, OUT query text, OUT begins text, OUT scopes bigint[]) IS 'The statement by which crm.mail_select finds a page of mails for a role: for EXPLAIN.';
CREATE FUNCTION crm.mail_query(filter jsonb, ordering text, newest boolean, after uuid, most integer, sight crm.sight, begins text, gathered boolean) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $_$
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
$_$;
ALTER FUNCTION crm.mail_query(filter jsonb, ordering text, newest boolean, after uuid, most integer, sight crm.sight, begins text, gathered boolean) OWNER TO crm_owner;
CREATE FUNCTION crm.mail_select(filter jsonb, ordering text, newest boolean, after uuid, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashagg TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET work_mem TO '16MB'
    SET jit TO 'off'
    SET client_min_messages TO 'warning'
    AS $$
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
ALTER FUNCTION crm.mail_select(filter jsonb, ordering text, newest boolean, after uuid, most integer) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.mail_select(filter jsonb, ordering text, newest boolean, after uuid, most integer) IS 'Ids of mails that the caller may see, by filter, in the order sent, received or recorded, behind the mail `after`.';
CREATE FUNCTION crm.words_of(language text) RETURNS regconfig
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE "left"(lower(language), 2) WHEN 'ar'::text THEN 'arabic'::regconfig WHEN 'hy'::text THEN 'armenian'::regconfig WHEN 'eu'::text THEN 'basque'::regconfig WHEN 'ca'::text THEN 'catalan'::regconfig WHEN 'da'::text THEN 'danish'::regconfig WHEN 'nl'::text THEN 'dutch'::regconfig WHEN 'en'::text THEN 'english'::regconfig WHEN 'fi'::text THEN 'finnish'::regconfig WHEN 'fr'::text THEN 'french'::regconfig WHEN 'de'::text THEN 'german'::regconfig WHEN 'el'::text THEN 'greek'::regconfig WHEN 'hi'::text THEN 'hindi'::regconfig WHEN 'hu'::text THEN 'hungarian'::regconfig WHEN 'id'::text THEN 'indonesian'::regconfig WHEN 'ga'::text THEN 'irish'::regconfig WHEN 'it'::text THEN 'italian'::regconfig WHEN 'lt'::text THEN 'lithuanian'::regconfig WHEN 'ne'::text THEN 'nepali'::regconfig WHEN 'no'::text THEN 'norwegian'::regconfig WHEN 'nb'::text THEN 'norwegian'::regconfig WHEN 'pt'::text THEN 'portuguese'::regconfig WHEN 'ro'::text THEN 'romanian'::regconfig WHEN 'ru'::text THEN 'russian'::regconfig WHEN 'sr'::text THEN 'serbian'::regconfig WHEN 'es'::text THEN 'spanish'::regconfig WHEN 'sv'::text THEN 'swedish'::regconfig WHEN 'ta'::text THEN 'tamil'::regconfig WHEN 'tr'::text THEN 'turkish'::regconfig WHEN 'yi'::text THEN 'yiddish'::regconfig ELSE 'simple'::regconfig END;
ALTER FUNCTION crm.words_of(language text) OWNER TO crm_owner;
CREATE FUNCTION crm.mail_words(language text, subject text, text text, note text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT (to_tsvector('simple'::regconfig, d.words) ||
         CASE
             WHEN ((crm.words_of(mail_words.language))::oid = ('simple'::regconfig)::oid) THEN ''::tsvector
             ELSE to_tsvector(crm.words_of(mail_words.language), d.words)
         END)
    FROM ( SELECT ((((COALESCE("left"(mail_words.subject, 1000), ''::text) || '
'::text) || COALESCE("left"(mail_words.note, 5000), ''::text)) || '
'::text) || "left"(mail_words.text, 50000)) AS words) d;
END;
ALTER FUNCTION crm.mail_words(language text, subject text, text text, note text) OWNER TO crm_owner;
CREATE FUNCTION crm.mails_begin(filter jsonb, ordering text, sight crm.sight, OUT begins text, OUT gathered boolean) RETURNS record
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
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
ALTER FUNCTION crm.mails_begin(filter jsonb, ordering text, sight crm.sight, OUT begins text, OUT gathered boolean) OWNER TO crm_owner;
CREATE FUNCTION crm.mails_by(part text, filter jsonb, sight crm.sight) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
ALTER FUNCTION crm.mails_by(part text, filter jsonb, sight crm.sight) OWNER TO crm_owner;
CREATE FUNCTION crm.mails_span(scopes bigint[], ordering text, OUT first timestamp with time zone, OUT last timestamp with time zone) RETURNS record
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
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
ALTER FUNCTION crm.mails_span(scopes bigint[], ordering text, OUT first timestamp with time zone, OUT last timestamp with time zone) OWNER TO crm_owner;
CREATE FUNCTION crm.me() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT users.id
    FROM crm.users
   WHERE ((users.pg_role = (CURRENT_USER)::text) AND (users.deactivated_at IS NULL));
END;
ALTER FUNCTION crm.me() OWNER TO crm_owner;
COMMENT ON FUNCTION crm.me() IS 'The user whose role this is; null for the desk itself, and after a deactivation.';
CREATE FUNCTION crm.move_outbox(source uuid, target uuid, these uuid[]) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    them name := crm.caller();
    who uuid := crm.user_of(them);
    people uuid[] := crm.people_of(who);
    offices uuid[] := crm.offices_of(who);
BEGIN
    IF NOT crm.sees_all_cards(them) AND (SELECT count(*) FROM crm.contact c WHERE c.id IN (source, target)
            AND (c.owner_id = ANY (people) OR c.office_id = ANY (offices))) < 2 THEN
        RETURN;
    END IF;
    RETURN QUERY UPDATE crm.outbox o SET contact_id = target
        WHERE o.contact_id = source AND (these IS NULL OR o.id = ANY (these)) RETURNING o.id;
END
$$;
ALTER FUNCTION crm.move_outbox(source uuid, target uuid, these uuid[]) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.move_outbox(source uuid, target uuid, these uuid[]) IS 'Has what goes out about one contact stand on another, both of which the caller sees; returns what moved.';
CREATE TABLE crm.office (
    id uuid NOT NULL,
    name text NOT NULL,
    coordinator_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE crm.office OWNER TO crm_owner;
CREATE FUNCTION crm.offices_of(who uuid) RETURNS uuid[]
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    BEGIN ATOMIC
 SELECT ARRAY( SELECT users.office_id
            FROM crm.users
           WHERE ((users.id = offices_of.who) AND (users.role = 'coordinator'::text) AND (users.office_id IS NOT NULL) AND (users.deactivated_at IS NULL))
         UNION
          SELECT o.id
            FROM (crm.office o
              JOIN crm.users u ON ((u.id = o.coordinator_id)))
           WHERE ((u.id = offices_of.who) AND (u.role = 'coordinator'::text) AND (u.deactivated_at IS NULL))) AS "array";
END;
ALTER FUNCTION crm.offices_of(who uuid) OWNER TO crm_owner;
CREATE FUNCTION crm.origin_keep_built_in() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION 'the origin % is built in and stays', OLD.key USING ERRCODE = 'integrity_constraint_violation';
END
$$;
ALTER FUNCTION crm.origin_keep_built_in() OWNER TO crm_owner;
CREATE FUNCTION crm.outbox_changes_state() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF OLD.state = 'sent' THEN
        RAISE EXCEPTION 'mail % was sent', OLD.number USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state IN ('sent', 'dead') AND NOT pg_has_role(current_user, 'crm_daemon', 'USAGE') THEN
        RAISE EXCEPTION 'only the daemon says that a mail was sent or cannot be'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state = 'queued' THEN
        NEW.attempts := 0;
        NEW.since := now();
        NEW.error := NULL;
        NEW.reply := NULL;
        NEW.settled_at := NULL;
    ELSE
        NEW.settled_at := now();
        -- The daemon says why.
        IF NEW.state = 'cancelled' AND NEW.error IS NOT DISTINCT FROM OLD.error THEN
            NEW.error := 'cancelled by hand';
        END IF;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION crm.outbox_changes_state() OWNER TO crm_owner;
CREATE FUNCTION crm.outlived(mails uuid[], keys text[], days integer[]) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    AS $$
    SELECT ARRAY(
        SELECT m.id FROM unnest(mails) AS m (id)
        WHERE NOT EXISTS (
                SELECT FROM (SELECT i.id, i.inbox FROM crm.intake i WHERE i.mail_id = m.id AND i.outcome <> 'duplicate'
                             UNION ALL
                             SELECT i.id, i.inbox FROM crm.intake i WHERE i.mail_id = m.id AND i.outcome = 'duplicate') AS i
                LEFT JOIN unnest(keys, days) AS k (key, days) ON k.key = i.inbox
                WHERE k.key IS NULL OR i.id >= crm.id_floor(now() - make_interval(days => k.days)))
          AND NOT EXISTS (SELECT FROM crm.link l JOIN crm.ticket t ON t.id = l.ticket_id
                          WHERE l.mail_id = m.id AND t.status NOT IN ('solved', 'closed'))
          AND NOT EXISTS (SELECT FROM crm.link l JOIN crm.record r ON r.id = l.record_id
                          WHERE l.mail_id = m.id AND r.state = 'open')
          AND NOT EXISTS (SELECT FROM crm.mail_handling h WHERE h.mail_id = m.id AND h.locked_at IS NOT NULL)
        ORDER BY m.id)
$$;
ALTER FUNCTION crm.outlived(mails uuid[], keys text[], days integer[]) OWNER TO crm_owner;
CREATE FUNCTION crm.own_lines_only() RETURNS uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET client_min_messages TO 'warning'
    AS $$
DECLARE
    sight crm.sight := crm.sight_of(crm.caller());
BEGIN
    RETURN CASE WHEN NOT sight.lines AND crm.inboxes_of(sight.offices) = '{}' THEN sight.who END;
END
$$;
ALTER FUNCTION crm.own_lines_only() OWNER TO crm_owner;
CREATE TABLE crm.team_member (
    team_id uuid NOT NULL,
    user_id uuid NOT NULL
);
ALTER TABLE crm.team_member OWNER TO crm_owner;
CREATE FUNCTION crm.people_of(who uuid) RETURNS uuid[]
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    BEGIN ATOMIC
 SELECT ARRAY( SELECT users.id
            FROM crm.users
           WHERE ((users.id = people_of.who) AND (users.deactivated_at IS NULL))
         UNION
          SELECT users.id
            FROM crm.users
           WHERE (users.office_id = ANY (crm.offices_of(people_of.who)))
         UNION
          SELECT other.user_id
            FROM ((crm.users u
              JOIN crm.team_member mine ON ((mine.user_id = u.id)))
              JOIN crm.team_member other ON ((other.team_id = mine.team_id)))
           WHERE ((u.id = people_of.who) AND (u.role = 'coordinator'::text) AND (u.deactivated_at IS NULL))) AS "array";
END;
ALTER FUNCTION crm.people_of(who uuid) OWNER TO crm_owner;
CREATE FUNCTION crm.person_addresses(ids uuid[]) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
ALTER FUNCTION crm.person_addresses(ids uuid[]) OWNER TO crm_owner;
CREATE FUNCTION crm.person_contacts(contact uuid) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    WITH RECURSIVE up AS (
        SELECT c.id, c.merged_into FROM crm.contact c WHERE c.id = person_contacts.contact
        UNION SELECT c.id, c.merged_into FROM up JOIN crm.contact c ON c.id = up.merged_into
    ), down AS (
        SELECT id FROM up WHERE merged_into IS NULL
        UNION SELECT c.id FROM down JOIN crm.contact c ON c.merged_into = down.id
    )
    SELECT ARRAY(SELECT id FROM down ORDER BY id)
$$;
ALTER FUNCTION crm.person_contacts(contact uuid) OWNER TO crm_owner;
CREATE FUNCTION crm.person_mails(ids uuid[], addresses text[], records uuid[], tickets uuid[], own text[], domains text[]) RETURNS TABLE(mail_id uuid, party boolean, others boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'on'
    AS $_$
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
$_$;
ALTER FUNCTION crm.person_mails(ids uuid[], addresses text[], records uuid[], tickets uuid[], own text[], domains text[]) OWNER TO crm_owner;
CREATE FUNCTION crm.person_names(ids uuid[]) RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT ARRAY(
        SELECT n.name
        FROM (SELECT btrim(name) FROM crm.contact WHERE id = ANY (ids) AND erased_at IS NULL
              UNION SELECT btrim(coalesce(a.change #>> '{name,0}', a.change ->> 'name')) FROM crm.audit a
              WHERE a.entity = 'contact' AND a.entity_id = ANY (ids)) AS n (name)
        WHERE n.name ~ '\S\s+\S' AND length(n.name) >= 6
          AND NOT EXISTS (SELECT FROM crm.users u WHERE lower(u.name) = lower(n.name))
        ORDER BY n.name)
$$;
ALTER FUNCTION crm.person_names(ids uuid[]) OWNER TO crm_owner;
CREATE TABLE crm.notification (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    contact_id uuid,
    record_id uuid,
    ticket_id uuid,
    mail_id uuid,
    text text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone,
    told_at timestamp with time zone,
    for_digest boolean DEFAULT false NOT NULL,
    CONSTRAINT notification_check CHECK ((num_nonnulls(contact_id, record_id, ticket_id) <= 1))
);
ALTER TABLE crm.notification OWNER TO crm_owner;
CREATE FUNCTION crm.person_news(ids uuid[], records uuid[], tickets uuid[]) RETURNS SETOF crm.notification
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM crm.acting_administrator();
    RETURN QUERY SELECT n.* FROM crm.notification n
        WHERE n.contact_id = ANY (ids) OR n.record_id = ANY (records) OR n.ticket_id = ANY (tickets);
END
$$;
ALTER FUNCTION crm.person_news(ids uuid[], records uuid[], tickets uuid[]) OWNER TO crm_owner;
CREATE FUNCTION crm.person_pattern(ids uuid[], addresses text[], words text[]) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
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
$_$;
ALTER FUNCTION crm.person_pattern(ids uuid[], addresses text[], words text[]) OWNER TO crm_owner;
CREATE FUNCTION crm.plain_filter(filter jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF jsonb_typeof(filter) <> 'object' THEN
        RAISE EXCEPTION 'a filter is a JSON object, and not %', jsonb_typeof(filter) USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN coalesce(jsonb_strip_nulls(filter), '{}');
END
$$;
ALTER FUNCTION crm.plain_filter(filter jsonb) OWNER TO crm_owner;
CREATE FUNCTION crm.queue_search() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO crm.search_queue SELECT DISTINCT mail_id FROM changed
    WHERE mail_id IS NOT NULL AND outcome <> 'duplicate' ORDER BY mail_id ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.queue_search() OWNER TO crm_owner;
CREATE FUNCTION crm.record_times() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    NEW.updated_at := now();
    IF OLD.converted_at IS NOT NULL AND (NEW.state = 'open' OR NEW.converted_at IS DISTINCT FROM OLD.converted_at) THEN
        RAISE EXCEPTION '% became another record and stays as it is', OLD.code
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Work on what it became.';
    END IF;
    NEW.closed_at := CASE WHEN NEW.state = 'open' THEN NULL WHEN OLD.state = 'open' THEN now() ELSE OLD.closed_at END;
    RETURN NEW;
END
$$;
ALTER FUNCTION crm.record_times() OWNER TO crm_owner;
CREATE FUNCTION crm.records_with(part text, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET client_min_messages TO 'warning'
    AS $_$
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
$_$;
ALTER FUNCTION crm.records_with(part text, most integer) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.records_with(part text, most integer) IS 'Records that the caller may see with this part of a title, or this code or reference.';
CREATE FUNCTION crm.refresh_access(mails uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    ids uuid[];
    made text[];
    scopes bigint[];
    there boolean;
    -- Of the mails, so that only their months are looked at.
    lowest uuid := (SELECT m FROM unnest(mails) AS m ORDER BY m LIMIT 1);
    highest uuid := (SELECT m FROM unnest(mails) AS m ORDER BY m DESC LIMIT 1);
BEGIN
    PERFORM FROM crm.mail_access WHERE mail_id = ANY (mails) AND NOT author ORDER BY mail_id, scope_id FOR UPDATE;
    there := FOUND;
    SELECT array_agg(w.mail_id), array_agg(w.made) INTO ids, made
    FROM (
        SELECT m.mail_id, coalesce(
            (SELECT string_agg(DISTINCT concat(coalesce(c.owner_id, r.owner_id, t.owner_id), '/',
                                               coalesce(c.office_id, r.office_id, t.office_id)), ',')
             FROM crm.link l
             LEFT JOIN crm.contact c ON c.id = l.contact_id
             LEFT JOIN crm.record r ON r.id = l.record_id
             LEFT JOIN crm.ticket t ON t.id = l.ticket_id
             WHERE l.mail_id = m.mail_id),
            (SELECT 'inbox:' || i.inbox FROM crm.intake i
             WHERE i.mail_id = m.mail_id AND i.outcome <> 'duplicate' ORDER BY i.id LIMIT 1),
            'inbox:') AS made
        FROM unnest(mails) AS m (mail_id)
    ) AS w;
    scopes := crm.ensure_scopes(made);
    IF there THEN
        UPDATE crm.mail_access a SET scope_id = w.scope_id
        FROM unnest(ids, scopes) AS w (mail_id, scope_id)
        WHERE a.mail_id = w.mail_id AND NOT a.author AND a.scope_id <> w.scope_id;
    END IF;
    INSERT INTO crm.mail_access (scope_id, sent_at, mail_id)
    SELECT w.scope_id, least(m.sent_at, m.received_at), m.id
    FROM unnest(ids, scopes) AS w (mail_id, scope_id)
    JOIN crm.mail m ON m.id = w.mail_id AND m.id BETWEEN lowest AND highest
    WHERE NOT there OR NOT EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = w.mail_id AND NOT a.author)
    ON CONFLICT DO NOTHING;
END
$$;
ALTER FUNCTION crm.refresh_access(mails uuid[]) OWNER TO crm_owner;
CREATE FUNCTION crm.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    allowed boolean := false;
BEGIN
    IF TG_LEVEL = 'ROW' THEN
        IF TG_ARGV[0] = 'sha256' THEN
            allowed := EXISTS (SELECT FROM crm.erasure
                WHERE transaction = pg_current_xact_id() AND sha256 = OLD.sha256);
            allowed := allowed AND (TG_OP = 'DELETE' OR NEW.sha256 = OLD.sha256);
        ELSIF TG_ARGV[0] = 'id' THEN
            allowed := EXISTS (SELECT FROM crm.erasure
                WHERE transaction = pg_current_xact_id() AND mail_id = OLD.id);
            allowed := allowed AND (TG_OP = 'DELETE' OR NEW.id = OLD.id);
        ELSE
            allowed := EXISTS (SELECT FROM crm.erasure
                WHERE transaction = pg_current_xact_id() AND mail_id = OLD.mail_id);
            allowed := allowed AND (TG_OP = 'DELETE' OR NEW.mail_id = OLD.mail_id);
        END IF;
    END IF;
    IF NOT allowed THEN
        RAISE EXCEPTION 'a stored mail never changes: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Content can be taken away only by an audited erasure.';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION crm.refuse_change() OWNER TO crm_owner;
CREATE FUNCTION crm.refuse_erased() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
ALTER FUNCTION crm.refuse_erased() OWNER TO crm_owner;
CREATE FUNCTION crm.retain(keys text[], days integer[], inbox text, after uuid, most integer, preview boolean, OUT last uuid, OUT mails bigint, OUT lines bigint) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    AS $$
DECLARE
    began bigint := coalesce((SELECT max(id) FROM crm.audit), 0);
    until uuid;
    looked uuid[];
    met uuid[];
    gone uuid[];
BEGIN
    IF NOT pg_has_role(crm.caller(), 'crm_daemon', 'USAGE') THEN
        PERFORM crm.acting_administrator();
    END IF;
    IF cardinality(keys) <> cardinality(days) OR EXISTS (SELECT FROM unnest(days) AS d WHERE d IS NULL OR d < 30) THEN
        RAISE EXCEPTION 'mail is kept for 30 days at least' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    until := (SELECT crm.id_floor(now() - make_interval(days => k.days)) FROM unnest(keys, days) AS k (key, days)
              WHERE k.key = retain.inbox);
    -- The line alone where no mail was stored, or the mail is gone.
    SELECT array_agg(l.id) FILTER (WHERE l.gone), array_agg(DISTINCT l.mail_id) FILTER (WHERE NOT l.gone), max(l.id::text)::uuid
    INTO looked, met, last
    FROM (SELECT i.id, i.mail_id, i.mail_id IS NULL OR NOT EXISTS (SELECT FROM crm.mail m WHERE m.id = i.mail_id) AS gone
          FROM crm.intake i
          WHERE i.inbox = retain.inbox AND i.id > coalesce(after, '00000000-0000-0000-0000-000000000000') AND i.id < until
          ORDER BY i.id LIMIT least(most, 1000)) AS l;
    gone := crm.outlived(coalesce(met, '{}'), keys, days);
    looked := coalesce(looked, '{}') || ARRAY(
        SELECT i.id FROM crm.intake i WHERE i.mail_id = ANY (gone) AND i.outcome <> 'duplicate'
        UNION ALL SELECT i.id FROM crm.intake i WHERE i.mail_id = ANY (gone) AND i.outcome = 'duplicate');
    mails := cardinality(gone);
    lines := cardinality(looked);
    IF preview OR lines = 0 THEN
        RETURN;
    END IF;
    PERFORM crm.delete_mails(gone);
    DELETE FROM crm.intake WHERE id = ANY (looked);
    -- What was noted of these lines, and by the triggers just now.
    DELETE FROM crm.audit WHERE entity_id = ANY (looked);
    DELETE FROM crm.audit WHERE id > began AND xmin = pg_current_xact_id()::xid;
    DELETE FROM crm.erasure e WHERE e.id IN (SELECT o.id FROM crm.erasure o
        WHERE o.reason = 'retention' AND o.at < now() - interval '1 day' ORDER BY o.id LIMIT 10000);
    INSERT INTO crm.audit (as_role, user_id, operator, action, entity, key, change)
    VALUES (crm.caller(), crm.user_of(crm.caller()), left(nullif(current_setting('crm.operator', true), ''), 200),
            'retention', 'inbox', jsonb_build_object('inbox', inbox), jsonb_build_object('mails', mails, 'lines', lines));
END
$$;
ALTER FUNCTION crm.retain(keys text[], days integer[], inbox text, after uuid, most integer, preview boolean, OUT last uuid, OUT mails bigint, OUT lines bigint) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.retain(keys text[], days integer[], inbox text, after uuid, most integer, preview boolean, OUT last uuid, OUT mails bigint, OUT lines bigint) IS 'Deletes a batch of an inbox''s mail that outlived the days of all its inboxes: keys and days of the inboxes, the inbox, the line to go on behind, most lines, whether only to count.';
CREATE FUNCTION crm.role_name(login text, attempt integer) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT
    RETURN (('crm_u_'::text || "left"(regexp_replace(lower(login), '[^a-z0-9_]'::text, '_'::text, 'g'::text), 40)) || CASE WHEN ((attempt = 0) AND (lower(login) ~ '^[a-z0-9_]{1,40}$'::text)) THEN ''::text ELSE ('_'::text || "left"(encode(sha256(convert_to((lower(login) || repeat('#'::text, attempt)), 'UTF8'::name)), 'hex'::text), 12)) END);
ALTER FUNCTION crm.role_name(login text, attempt integer) OWNER TO crm_owner;
CREATE FUNCTION crm.role_statements(role text, remark text, kind text, active boolean) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    todo text[] := '{}';
    them regrole := to_regrole(quote_ident(role));
    holder text;
BEGIN
    IF them IS NULL THEN
        todo := todo || format('CREATE ROLE %I NOLOGIN', role) || format('COMMENT ON ROLE %I IS %L', role, remark);
    END IF;
    FOREACH holder IN ARRAY ARRAY['crm_desk', current_user::text] LOOP
        -- From 16 on, who makes a role is its member without the right to take it on.
        IF them IS NULL OR NOT EXISTS (SELECT FROM pg_auth_members m
                                       WHERE m.roleid = them AND m.member = to_regrole(quote_ident(holder))
                                         AND to_jsonb(m) ->> 'set_option' IS DISTINCT FROM 'false') THEN
            todo := todo || format('GRANT %I TO %I', role, holder);
        END IF;
    END LOOP;
    FOREACH holder IN ARRAY ARRAY['crm_administrator', 'crm_coordinator', 'crm_agent'] LOOP
        IF EXISTS (SELECT FROM pg_auth_members WHERE roleid = to_regrole(holder) AND member = them)
           <> (active AND holder = 'crm_' || kind) THEN
            todo := todo || format(CASE WHEN active AND holder = 'crm_' || kind THEN 'GRANT %I TO %I'
                                        ELSE 'REVOKE %I FROM %I' END, holder, role);
        END IF;
    END LOOP;
    IF NOT active AND EXISTS (SELECT FROM pg_roles WHERE oid = them AND rolcanlogin) THEN
        todo := todo || format('ALTER ROLE %I NOLOGIN', role);
    END IF;
    RETURN todo;
END
$$;
ALTER FUNCTION crm.role_statements(role text, remark text, kind text, active boolean) OWNER TO crm_owner;
CREATE FUNCTION crm.rotate_signing_key() RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('crm.signing_key'));
    IF EXISTS (SELECT FROM crm.signing_key WHERE made_at > now() - interval '90 days') THEN
        RETURN false;
    END IF;
    DELETE FROM crm.signing_key WHERE made_at < now() - interval '2 years';
    INSERT INTO crm.signing_key (id, secret)
    SELECT coalesce((SELECT (id + 1) % 32 FROM crm.signing_key ORDER BY made_at DESC LIMIT 1), 0),
        sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
            || uuid_send(gen_random_uuid()));
    RETURN true;
END
$$;
ALTER FUNCTION crm.rotate_signing_key() OWNER TO crm_owner;
COMMENT ON FUNCTION crm.rotate_signing_key() IS 'Makes a new key every 90 days and forgets those of two years ago.';
CREATE FUNCTION crm.scopes_of(them name) RETURNS bigint[]
    LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    who uuid := crm.user_of(them);
    people uuid[] := crm.people_of(who);
    offices uuid[] := crm.offices_of(who);
BEGIN
    RETURN ARRAY(
        SELECT h.scope_id
        FROM (SELECT scope_id, holder, holders FROM crm.scope_holder WHERE owner_id = ANY (people)
              UNION
              SELECT scope_id, holder, holders FROM crm.scope_holder WHERE office_id = ANY (offices)) AS h
        GROUP BY h.scope_id
        HAVING count(*) = min(h.holders)
        UNION ALL
        SELECT id FROM crm.scope WHERE author_id = who
        UNION ALL
        SELECT s.id
        FROM crm.scope s
        WHERE s.inbox IS NOT NULL
          AND (EXISTS (SELECT FROM crm.users u WHERE u.id = who AND u.inbox_permission)
               OR EXISTS (SELECT FROM crm.inbox i JOIN crm.office o ON lower(o.name) = lower(i.office)
                          WHERE i.key = s.inbox AND o.id = ANY (offices))));
END
$$;
ALTER FUNCTION crm.scopes_of(them name) OWNER TO crm_owner;
CREATE FUNCTION crm.search_mail(query text, most integer DEFAULT 50, before uuid DEFAULT NULL::uuid, language text DEFAULT NULL::text) RETURNS TABLE(mail_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET jit TO 'off'
    SET "TimeZone" TO 'UTC'
    SET client_min_messages TO 'warning'
    AS $_$
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
$_$;
ALTER FUNCTION crm.search_mail(query text, most integer, before uuid, language text) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.search_mail(query text, most integer, before uuid, language text) IS 'Mails with these words that the caller may see, the newest first: search_mail(''words "a phrase" -without'', 50).';
CREATE TABLE crm.mail_access (
    scope_id bigint NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    mail_id uuid NOT NULL,
    author boolean DEFAULT false NOT NULL
);
ALTER TABLE crm.mail_access OWNER TO crm_owner;
CREATE TABLE crm.record (
    id uuid NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    series text NOT NULL,
    external_reference text,
    title text NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    stage_id uuid,
    owner_id uuid,
    office_id uuid,
    origin text,
    parent_id uuid,
    amount numeric,
    currency text,
    fields jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    closed_at timestamp with time zone,
    converted_at timestamp with time zone,
    CONSTRAINT record_code_check CHECK ((code = upper(code))),
    CONSTRAINT record_state_check CHECK ((state = ANY (ARRAY['open'::text, 'won'::text, 'lost'::text, 'closed'::text])))
);
ALTER TABLE crm.record OWNER TO crm_owner;
CREATE TABLE crm.ticket (
    id uuid NOT NULL,
    code text NOT NULL,
    series text NOT NULL,
    subject text NOT NULL,
    status text DEFAULT 'new'::text NOT NULL,
    priority text DEFAULT 'normal'::text NOT NULL,
    contact_id uuid,
    record_id uuid,
    owner_id uuid,
    inbox text NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    solved_at timestamp with time zone,
    closed_at timestamp with time zone,
    office_id uuid,
    follows_id uuid,
    CONSTRAINT ticket_code_check CHECK ((code = upper(code))),
    CONSTRAINT ticket_priority_check CHECK ((priority = ANY (ARRAY['low'::text, 'normal'::text, 'high'::text, 'urgent'::text]))),
    CONSTRAINT ticket_status_check CHECK ((status = ANY (ARRAY['new'::text, 'open'::text, 'pending'::text, 'on_hold'::text, 'solved'::text, 'closed'::text])))
);
ALTER TABLE crm.ticket OWNER TO crm_owner;
CREATE FUNCTION crm.sees(contact uuid, record uuid, ticket uuid, mail uuid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT (((contact IS NULL) OR (EXISTS ( SELECT
            FROM crm.contact c
           WHERE (c.id = sees.contact)))) AND ((record IS NULL) OR (EXISTS ( SELECT
            FROM crm.record r
           WHERE (r.id = sees.record)))) AND ((ticket IS NULL) OR (EXISTS ( SELECT
            FROM crm.ticket t
           WHERE (t.id = sees.ticket)))) AND ((mail IS NULL) OR (EXISTS ( SELECT
            FROM crm.mail_access a
           WHERE (a.mail_id = sees.mail)))));
END;
ALTER FUNCTION crm.sees(contact uuid, record uuid, ticket uuid, mail uuid) OWNER TO crm_owner;
CREATE FUNCTION crm.sees_all() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT (EXISTS ( SELECT
            FROM crm.users
           WHERE ((users.pg_role = (CURRENT_USER)::text) AND (users.deactivated_at IS NULL) AND (users.role = 'administrator'::text)))) AS "exists";
END;
ALTER FUNCTION crm.sees_all() OWNER TO crm_owner;
CREATE FUNCTION crm.sees_all_cards(them name) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT pg_has_role(them, 'crm_desk', 'USAGE') OR pg_has_role(them, current_user, 'USAGE')
        OR EXISTS (SELECT FROM crm.users u WHERE u.id = crm.user_of(them) AND u.role = 'administrator')
$$;
ALTER FUNCTION crm.sees_all_cards(them name) OWNER TO crm_owner;
CREATE FUNCTION crm.sees_cards(sight crm.sight, contact uuid, record uuid, ticket uuid) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT sight.everything
        OR (contact IS NULL OR EXISTS (SELECT FROM crm.contact c WHERE c.id = contact
                AND (c.owner_id = ANY (sight.people) OR c.office_id = ANY (sight.offices))))
        AND (record IS NULL OR EXISTS (SELECT FROM crm.record r WHERE r.id = record
                AND (r.owner_id = ANY (sight.people) OR r.office_id = ANY (sight.offices))))
        AND (ticket IS NULL OR EXISTS (SELECT FROM crm.ticket t WHERE t.id = ticket
                AND (t.owner_id = ANY (sight.people) OR t.office_id = ANY (sight.offices))))
$$;
ALTER FUNCTION crm.sees_cards(sight crm.sight, contact uuid, record uuid, ticket uuid) OWNER TO crm_owner;
CREATE FUNCTION crm.sent_at(mail uuid) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RETURN (SELECT least(m.sent_at, m.received_at) FROM crm.mail m WHERE m.id = mail);
END
$$;
ALTER FUNCTION crm.sent_at(mail uuid) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.sent_at(mail uuid) IS 'When a mail was sent by its Date field, but not later than it was received.';
CREATE FUNCTION crm.series_only_grows() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION 'the numbers of series % only grow', OLD.prefix USING ERRCODE = 'integrity_constraint_violation';
END
$$;
ALTER FUNCTION crm.series_only_grows() OWNER TO crm_owner;
CREATE FUNCTION crm.sight_of(them name) RETURNS crm.sight
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    sight crm.sight;
BEGIN
    sight.everything := crm.sees_all_cards(them) OR pg_has_role(them, 'crm_daemon', 'USAGE');
    sight.who := crm.user_of(them);
    sight.lines := sight.everything OR EXISTS (SELECT FROM crm.users u WHERE u.id = sight.who AND u.inbox_permission);
    IF NOT sight.everything THEN
        sight.people := coalesce(crm.people_of(sight.who), '{}');
        sight.offices := coalesce(crm.offices_of(sight.who), '{}');
        sight.scopes := CASE WHEN sight.who IS NULL THEN '{}' ELSE coalesce(crm.scopes_of(them), '{}') END;
    END IF;
    RETURN sight;
END
$$;
ALTER FUNCTION crm.sight_of(them name) OWNER TO crm_owner;
CREATE FUNCTION crm.switch_on() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF OLD.reactivated_at > now() - interval '30 days' THEN
        RAISE EXCEPTION 'the address was switched on at %, and can be again from %', OLD.reactivated_at,
            OLD.reactivated_at + interval '30 days' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF NOT EXISTS (SELECT FROM crm.consent c
                   WHERE crm.digest(c.address) = OLD.digest AND c.withdrawn_at IS NULL AND c.recorded_at >= OLD.off_at) THEN
        RAISE EXCEPTION 'no consent is recorded since the address was switched off'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    NEW.reactivated_at := now();
    NEW.reactivated_by := crm.user_of(crm.caller());
    NEW.soft_failures := 0;
    NEW.soft_reset_at := now();
    RETURN NEW;
END
$$;
ALTER FUNCTION crm.switch_on() OWNER TO crm_owner;
COMMENT ON FUNCTION crm.switch_on() IS 'An address is switched on once in 30 days, and with a consent recorded since it was switched off.';
CREATE FUNCTION crm.take_mails(mails uuid[], who uuid, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
ALTER FUNCTION crm.take_mails(mails uuid[], who uuid, why text) OWNER TO crm_owner;
CREATE FUNCTION crm.tell() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_notify(TG_ARGV[0], '');
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.tell() OWNER TO crm_owner;
CREATE FUNCTION crm.tell_added_address() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM crm.tell_keys('crm_contact_address', ARRAY(SELECT digest FROM added LIMIT 10001));
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.tell_added_address() OWNER TO crm_owner;
CREATE FUNCTION crm.tell_added_code() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM crm.tell_keys('crm_code', ARRAY(SELECT crm.digest(code) FROM added LIMIT 10001));
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.tell_added_code() OWNER TO crm_owner;
CREATE FUNCTION crm.tell_block() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF EXISTS (SELECT FROM was WHERE kind = 'hash')
            OR EXISTS (SELECT id, kind, value, contact_id FROM was
                       EXCEPT SELECT id, kind, value, contact_id FROM became) THEN
            PERFORM pg_notify('crm_block', '');
            RETURN NULL;
        END IF;
    END IF;
    PERFORM crm.tell_entries('crm_block', ARRAY(SELECT uuid_send(id) FROM became LIMIT 10001));
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.tell_block() OWNER TO crm_owner;
CREATE FUNCTION crm.tell_block_of_contact() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    lost uuid[] = '{}';
    gained uuid[] = '{}';
BEGIN
    IF TG_OP = 'DELETE' THEN
        lost = ARRAY(SELECT DISTINCT contact_id FROM was);
    ELSIF TG_OP = 'INSERT' THEN
        gained = ARRAY(SELECT DISTINCT contact_id FROM became);
    ELSE
        lost = ARRAY(SELECT contact_id FROM (
            SELECT contact_id, digest FROM was EXCEPT SELECT contact_id, digest FROM became) AS changed);
        gained = ARRAY(SELECT contact_id FROM (
            SELECT contact_id, digest FROM became EXCEPT SELECT contact_id, digest FROM was) AS changed);
    END IF;
    IF EXISTS (SELECT FROM crm.block
               WHERE kind = 'contact' AND removed_at IS NULL AND contact_id = ANY (lost)) THEN
        PERFORM pg_notify('crm_block', '');
    ELSE
        PERFORM crm.tell_entries('crm_block', ARRAY(
            SELECT uuid_send(id) FROM crm.block
            WHERE kind = 'contact' AND removed_at IS NULL AND contact_id = ANY (gained) LIMIT 10001));
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.tell_block_of_contact() OWNER TO crm_owner;
CREATE FUNCTION crm.tell_entries(channel text, entries bytea[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF cardinality(entries) > 10000 THEN
        PERFORM pg_notify(channel, '');
    ELSE
        PERFORM pg_notify(channel, portion.payload)
        FROM (SELECT string_agg(encode(e.entry, 'hex'), '') AS payload
              FROM unnest(entries) WITH ORDINALITY AS e (entry, n)
              GROUP BY (e.n - 1) / 200) AS portion;
    END IF;
END
$$;
ALTER FUNCTION crm.tell_entries(channel text, entries bytea[]) OWNER TO crm_owner;
CREATE FUNCTION crm.tell_keys(channel text, digests bytea[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM crm.tell_entries(channel, ARRAY(
        SELECT substring(sha256(keyed.start || d.digest) FROM 1 FOR 16)
        FROM (SELECT sha256(s.value) || decode(repeat('00', 32), 'hex') || '\xff'::bytea AS start
              FROM crm.secret s WHERE s.name = 'blocks') AS keyed,
            unnest(digests) AS d (digest)));
END
$$;
ALTER FUNCTION crm.tell_keys(channel text, digests bytea[]) OWNER TO crm_owner;
CREATE FUNCTION crm.tell_notification() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_notify('crm_outbox', '');
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.tell_notification() OWNER TO crm_owner;
CREATE FUNCTION crm.tell_outbox() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_notify('crm_outbox', '');
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.tell_outbox() OWNER TO crm_owner;
CREATE FUNCTION crm.ticket_times() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    NEW.updated_at := now();
    IF NEW.status = 'solved' THEN
        NEW.solved_at := CASE WHEN OLD.status = 'solved' THEN OLD.solved_at ELSE now() END;
        NEW.closed_at := NULL;
    ELSIF NEW.status = 'closed' THEN
        NEW.solved_at := coalesce(OLD.solved_at, now());
        NEW.closed_at := CASE WHEN OLD.status = 'closed' THEN OLD.closed_at ELSE now() END;
    ELSE
        NEW.solved_at := NULL;
        NEW.closed_at := NULL;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION crm.ticket_times() OWNER TO crm_owner;
CREATE FUNCTION crm.user_login_stays() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION 'the login of user % stays', OLD.login USING ERRCODE = 'integrity_constraint_violation',
        HINT = 'Deactivate this user and add one with the new login.';
END
$$;
ALTER FUNCTION crm.user_login_stays() OWNER TO crm_owner;
CREATE FUNCTION crm.user_of(them name) RETURNS uuid
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    BEGIN ATOMIC
 SELECT users.id
    FROM crm.users
   WHERE ((users.pg_role = (user_of.them)::text) AND (users.deactivated_at IS NULL));
END;
ALTER FUNCTION crm.user_of(them name) OWNER TO crm_owner;
CREATE FUNCTION crm.user_role() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    NEW.pg_role := crm.ensure_role(NEW.login, CASE TG_OP WHEN 'UPDATE' THEN OLD.pg_role END, NEW.role,
                                   NEW.deactivated_at IS NULL);
    RETURN NEW;
END
$$;
ALTER FUNCTION crm.user_role() OWNER TO crm_owner;
CREATE FUNCTION crm.when_sent() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    NEW.sent_at := crm.sent_at(NEW.mail_id);
    -- Whoever does not see all is refused by the policies as with a mail that is there and not seen.
    IF NEW.sent_at IS NULL AND (crm.user_of(crm.caller()) IS NULL OR crm.sees_all_cards(crm.caller())) THEN
        RAISE EXCEPTION 'there is no mail %', NEW.mail_id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION crm.when_sent() OWNER TO crm_owner;
CREATE TABLE crm.activity (
    id uuid NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    owner_id uuid,
    contact_id uuid,
    record_id uuid,
    ticket_id uuid,
    mail_id uuid,
    due_at timestamp with time zone,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    completed_by uuid
);
ALTER TABLE crm.activity OWNER TO crm_owner;
CREATE TABLE crm.address_state (
    digest bytea NOT NULL,
    address text,
    soft_failures integer DEFAULT 0 NOT NULL,
    off_at timestamp with time zone,
    reason text,
    mail_id uuid,
    off_by uuid,
    reactivated_at timestamp with time zone,
    reactivated_by uuid,
    soft_reset_at timestamp with time zone,
    note text,
    CONSTRAINT address_state_reason_check CHECK ((reason = ANY (ARRAY['bounce'::text, 'full'::text, 'complaint'::text, 'unsubscribe'::text, 'hand'::text])))
);
ALTER TABLE crm.address_state OWNER TO crm_owner;
COMMENT ON COLUMN crm.address_state.soft_failures IS 'Mails of the last 14 days that found the mailbox full, when the last one did.';
CREATE TABLE crm.attachment (
    mail_id uuid NOT NULL,
    "position" smallint NOT NULL,
    name text,
    media_type text NOT NULL,
    sha256 bytea NOT NULL,
    size bigint NOT NULL
)
PARTITION BY RANGE (mail_id);
ALTER TABLE crm.attachment OWNER TO crm_owner;
CREATE TABLE crm.attachment_content (
    sha256 bytea NOT NULL,
    content bytea NOT NULL
);
ALTER TABLE ONLY crm.attachment_content ALTER COLUMN content SET STORAGE EXTERNAL;
ALTER TABLE crm.attachment_content OWNER TO crm_owner;
CREATE TABLE crm.audit (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    db_role text DEFAULT SESSION_USER NOT NULL,
    user_id uuid,
    action text NOT NULL,
    entity text NOT NULL,
    entity_id uuid,
    change jsonb DEFAULT '{}'::jsonb NOT NULL,
    as_role text,
    operator text,
    key jsonb
);
ALTER TABLE crm.audit OWNER TO crm_owner;
COMMENT ON COLUMN crm.audit.db_role IS 'Login to the database.';
COMMENT ON COLUMN crm.audit.as_role IS 'Role that the login had taken on: a user''s, or the login itself.';
COMMENT ON COLUMN crm.audit.operator IS 'What the desk said of who sat at it; anybody can say anything here.';
COMMENT ON COLUMN crm.audit.key IS 'Key of the row that was changed, where it is not its id.';
ALTER TABLE crm.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME crm.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm.block (
    id uuid NOT NULL,
    kind text NOT NULL,
    value text,
    contact_id uuid,
    keyed_hash bytea,
    scope text DEFAULT 'inbox'::text NOT NULL,
    reason text,
    created_by text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    removed_by text,
    removed_at timestamp with time zone,
    CONSTRAINT block_kind_check CHECK ((kind = ANY (ARRAY['address'::text, 'domain'::text, 'subdomains'::text, 'contact'::text, 'hash'::text]))),
    CONSTRAINT block_names_somebody CHECK (((removed_at IS NOT NULL) OR
CASE kind
    WHEN 'contact'::text THEN (contact_id IS NOT NULL)
    WHEN 'hash'::text THEN (octet_length(keyed_hash) >= 16)
    ELSE (value IS NOT NULL)
END)),
    CONSTRAINT block_scope_check CHECK ((scope = ANY (ARRAY['inbox'::text, 'all'::text])))
);
ALTER TABLE crm.block OWNER TO crm_owner;
CREATE TABLE crm.consent (
    id uuid NOT NULL,
    contact_id uuid,
    address text,
    purpose text NOT NULL,
    evidence text NOT NULL,
    given_at timestamp with time zone NOT NULL,
    recorded_by uuid,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    withdrawn_at timestamp with time zone
);
ALTER TABLE crm.consent OWNER TO crm_owner;
CREATE TABLE crm.contact_merge (
    id uuid NOT NULL,
    contact_id uuid NOT NULL,
    into_id uuid NOT NULL,
    moved jsonb NOT NULL,
    merged_by uuid,
    merged_at timestamp with time zone DEFAULT now() NOT NULL,
    undone_at timestamp with time zone
);
ALTER TABLE crm.contact_merge OWNER TO crm_owner;
CREATE TABLE crm.contact_relation (
    person_id uuid NOT NULL,
    company_id uuid NOT NULL,
    job_title text,
    CONSTRAINT contact_relation_check CHECK ((person_id <> company_id))
);
ALTER TABLE crm.contact_relation OWNER TO crm_owner;
CREATE TABLE crm.contact_type (
    key text NOT NULL,
    names jsonb DEFAULT '{}'::jsonb NOT NULL,
    "position" smallint DEFAULT 0 NOT NULL,
    built_in boolean DEFAULT false NOT NULL
);
ALTER TABLE crm.contact_type OWNER TO crm_owner;
CREATE TABLE crm.stage (
    id uuid NOT NULL,
    contact_type text,
    record_kind text,
    name text NOT NULL,
    "position" smallint DEFAULT 0 NOT NULL,
    CONSTRAINT stage_check CHECK ((num_nonnulls(contact_type, record_kind) = 1))
);
ALTER TABLE crm.stage OWNER TO crm_owner;
CREATE VIEW crm.crm_contacts WITH (security_invoker='true') AS
 SELECT c.id AS contact_id,
    c.name,
    c.is_company,
    c.company,
    c.type,
    c.state,
    s.name AS stage,
    c.language,
    c.interests,
    c.origin,
    c.stars,
    u.login AS owner,
    o.name AS office,
    ( SELECT a.address
           FROM crm.contact_address a
          WHERE (a.contact_id = c.id)
          ORDER BY a."position", a.created_at, a.address
         LIMIT 1) AS main_address,
    ( SELECT p.number
           FROM crm.contact_phone p
          WHERE (p.contact_id = c.id)
          ORDER BY p."position", p.created_at, p.number
         LIMIT 1) AS main_phone,
    c.created_at,
    c.updated_at,
    c.merged_into
   FROM (((crm.contact c
     LEFT JOIN crm.stage s ON ((s.id = c.stage_id)))
     LEFT JOIN crm.users u ON ((u.id = c.owner_id)))
     LEFT JOIN crm.office o ON ((o.id = c.office_id)));
ALTER TABLE crm.crm_contacts OWNER TO crm_owner;
COMMENT ON VIEW crm.crm_contacts IS 'People and companies outside.';
COMMENT ON COLUMN crm.crm_contacts.contact_id IS 'Key.';
COMMENT ON COLUMN crm.crm_contacts.name IS 'Name.';
COMMENT ON COLUMN crm.crm_contacts.is_company IS 'Whether it is a company.';
COMMENT ON COLUMN crm.crm_contacts.company IS 'Name of the company that a person named.';
COMMENT ON COLUMN crm.crm_contacts.type IS 'client, collaborator, other, or a type of the company''s own.';
COMMENT ON COLUMN crm.crm_contacts.state IS 'open, won, lost or inactive.';
COMMENT ON COLUMN crm.crm_contacts.stage IS 'Stage of the funnel.';
COMMENT ON COLUMN crm.crm_contacts.language IS 'ISO 639-1.';
COMMENT ON COLUMN crm.crm_contacts.interests IS 'Interests.';
COMMENT ON COLUMN crm.crm_contacts.origin IS 'Key of the origin.';
COMMENT ON COLUMN crm.crm_contacts.stars IS '0 to 3.';
COMMENT ON COLUMN crm.crm_contacts.owner IS 'Login of the owner.';
COMMENT ON COLUMN crm.crm_contacts.office IS 'Name of the office.';
COMMENT ON COLUMN crm.crm_contacts.main_address IS 'First mail address.';
COMMENT ON COLUMN crm.crm_contacts.main_phone IS 'First telephone number, E.164.';
COMMENT ON COLUMN crm.crm_contacts.created_at IS 'When it was made.';
COMMENT ON COLUMN crm.crm_contacts.updated_at IS 'When it was last changed.';
COMMENT ON COLUMN crm.crm_contacts.merged_into IS 'Contact that it was merged into; null as a rule.';
CREATE TABLE crm.intake (
    id uuid NOT NULL,
    mail_id uuid,
    spool_id uuid NOT NULL,
    inbox text NOT NULL,
    detail text,
    user_id uuid,
    outcome text NOT NULL,
    reason text NOT NULL,
    cause text,
    candidates jsonb DEFAULT '[]'::jsonb NOT NULL,
    assignment text,
    owner_id uuid,
    queue_id text,
    door text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    mail_from text NOT NULL,
    subject text,
    resolved_at timestamp with time zone,
    resolved_by uuid,
    resolution text,
    reply text,
    CONSTRAINT intake_outcome_check CHECK ((outcome = ANY (ARRAY['recorded'::text, 'duplicate'::text, 'internal'::text, 'spam'::text, 'automatic'::text, 'bounce'::text, 'unsubscribe'::text, 'blocked'::text, 'unresolved'::text, 'failed'::text, 'erased'::text])))
);
ALTER TABLE crm.intake OWNER TO crm_owner;
CREATE VIEW crm.crm_intakes WITH (security_invoker='true') AS
 SELECT i.id AS intake_id,
    i.mail_id,
    i.inbox,
    i.detail,
    i.outcome,
    i.reason,
    i.cause,
    i.assignment,
    u.login AS submitted_by,
    w.login AS owner,
    i.door,
    i.queue_id,
    i.received_at,
    i.recorded_at,
    i.mail_from,
    i.subject,
    i.resolved_at,
    r.login AS resolved_by,
    i.resolution,
    i.reply
   FROM (((crm.intake i
     LEFT JOIN crm.users u ON ((u.id = i.user_id)))
     LEFT JOIN crm.users w ON ((w.id = i.owner_id)))
     LEFT JOIN crm.users r ON ((r.id = i.resolved_by)));
ALTER TABLE crm.crm_intakes OWNER TO crm_owner;
COMMENT ON VIEW crm.crm_intakes IS 'What reached the inboxes, and what came of it.';
COMMENT ON COLUMN crm.crm_intakes.intake_id IS 'Key; in the order of recording.';
COMMENT ON COLUMN crm.crm_intakes.mail_id IS 'Mail; see crm_mails. Null where none was stored.';
COMMENT ON COLUMN crm.crm_intakes.inbox IS 'Key of the inbox.';
COMMENT ON COLUMN crm.crm_intakes.detail IS 'What stood behind the plus sign of the address.';
COMMENT ON COLUMN crm.crm_intakes.outcome IS 'recorded, duplicate, internal, spam, automatic, bounce, unsubscribe, blocked, unresolved, failed or erased.';
COMMENT ON COLUMN crm.crm_intakes.reason IS 'Why, for people.';
COMMENT ON COLUMN crm.crm_intakes.cause IS 'Why, for programs: a stable name; null where nothing is open.';
COMMENT ON COLUMN crm.crm_intakes.assignment IS 'How the owner was found.';
COMMENT ON COLUMN crm.crm_intakes.submitted_by IS 'Login of the user on whose authority it came.';
COMMENT ON COLUMN crm.crm_intakes.owner IS 'Login of the owner that was found.';
COMMENT ON COLUMN crm.crm_intakes.door IS 'milter, pipe or import.';
COMMENT ON COLUMN crm.crm_intakes.queue_id IS 'Postfix''s queue id.';
COMMENT ON COLUMN crm.crm_intakes.received_at IS 'By the server''s clock.';
COMMENT ON COLUMN crm.crm_intakes.recorded_at IS 'When the line was written.';
COMMENT ON COLUMN crm.crm_intakes.mail_from IS 'Envelope sender, empty for bounces.';
COMMENT ON COLUMN crm.crm_intakes.subject IS 'Subject.';
COMMENT ON COLUMN crm.crm_intakes.resolved_at IS 'When a person resolved it.';
COMMENT ON COLUMN crm.crm_intakes.resolved_by IS 'Login of who resolved it.';
COMMENT ON COLUMN crm.crm_intakes.resolution IS 'What was decided.';
COMMENT ON COLUMN crm.crm_intakes.reply IS 'What came of the automatic reply: to whom it goes, or why there is none; null where the inbox has none.';
CREATE TABLE crm.link (
    mail_id uuid NOT NULL,
    contact_id uuid,
    record_id uuid,
    ticket_id uuid,
    how text DEFAULT 'rule'::text NOT NULL,
    linked_by uuid,
    linked_at timestamp with time zone DEFAULT now() NOT NULL,
    unverified boolean DEFAULT false NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    CONSTRAINT link_check CHECK ((num_nonnulls(contact_id, record_id, ticket_id) = 1)),
    CONSTRAINT link_how_check CHECK ((how = ANY (ARRAY['rule'::text, 'hand'::text, 'merge'::text])))
);
ALTER TABLE crm.link OWNER TO crm_owner;
CREATE TABLE crm.mail (
    id uuid NOT NULL,
    fingerprint bytea NOT NULL,
    anonymous boolean NOT NULL,
    source text NOT NULL,
    direction text NOT NULL,
    sent_at timestamp with time zone,
    received_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    mail_from text NOT NULL,
    message_id text,
    subject text,
    text text NOT NULL,
    new_text text,
    note text,
    language text,
    filed_by uuid,
    unparsed text,
    findings jsonb DEFAULT '[]'::jsonb NOT NULL,
    size bigint NOT NULL,
    erased_at timestamp with time zone,
    CONSTRAINT mail_direction_check CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text]))),
    CONSTRAINT mail_source_check CHECK ((source = ANY (ARRAY['assistant-bcc'::text, 'assistant-forward'::text, 'inbox'::text, 'capture'::text, 'desk'::text, 'import'::text, 'api'::text])))
)
PARTITION BY RANGE (id);
ALTER TABLE crm.mail OWNER TO crm_owner;
COMMENT ON COLUMN crm.mail.erased_at IS 'When its content was taken away; the rest is a stub.';
CREATE TABLE crm.party (
    mail_id uuid NOT NULL,
    "position" smallint NOT NULL,
    role text NOT NULL,
    name text,
    address text,
    canonical text,
    contact_id uuid,
    user_id uuid,
    CONSTRAINT party_role_check CHECK ((role = ANY (ARRAY['from'::text, 'sender'::text, 'reply-to'::text, 'to'::text, 'cc'::text, 'bcc'::text])))
)
PARTITION BY RANGE (mail_id);
ALTER TABLE crm.party OWNER TO crm_owner;
CREATE VIEW crm.crm_mails WITH (security_invoker='true') AS
 SELECT m.id AS mail_id,
    m.direction,
    m.source,
    m.sent_at,
    m.received_at,
    m.recorded_at,
    m.mail_from,
    m.message_id,
    m.subject,
    m.language,
    m.size,
    u.login AS filed_by,
    ( SELECT COALESCE(p.canonical, p.address) AS "coalesce"
           FROM crm.party p
          WHERE ((p.mail_id = m.id) AND (p.role = 'from'::text))
          ORDER BY p."position"
         LIMIT 1) AS author,
    ARRAY( SELECT l.contact_id
           FROM crm.link l
          WHERE ((l.mail_id = m.id) AND (l.contact_id IS NOT NULL))
          ORDER BY l.contact_id) AS contact_ids,
    ARRAY( SELECT l.record_id
           FROM crm.link l
          WHERE ((l.mail_id = m.id) AND (l.record_id IS NOT NULL))
          ORDER BY l.record_id) AS record_ids,
    ARRAY( SELECT l.ticket_id
           FROM crm.link l
          WHERE ((l.mail_id = m.id) AND (l.ticket_id IS NOT NULL))
          ORDER BY l.ticket_id) AS ticket_ids
   FROM (crm.mail m
     LEFT JOIN crm.users u ON ((u.id = m.filed_by)));
ALTER TABLE crm.crm_mails OWNER TO crm_owner;
COMMENT ON VIEW crm.crm_mails IS 'Stored mails, without their text.';
COMMENT ON COLUMN crm.crm_mails.mail_id IS 'Key; in the order of recording.';
COMMENT ON COLUMN crm.crm_mails.direction IS 'in or out.';
COMMENT ON COLUMN crm.crm_mails.source IS 'assistant-bcc, assistant-forward, inbox, capture, desk, import or api.';
COMMENT ON COLUMN crm.crm_mails.sent_at IS 'By the sender''s clock; null without a date.';
COMMENT ON COLUMN crm.crm_mails.received_at IS 'By the server''s clock.';
COMMENT ON COLUMN crm.crm_mails.recorded_at IS 'When it was stored.';
COMMENT ON COLUMN crm.crm_mails.mail_from IS 'Envelope sender, empty for bounces.';
COMMENT ON COLUMN crm.crm_mails.message_id IS 'Message-ID.';
COMMENT ON COLUMN crm.crm_mails.subject IS 'Subject.';
COMMENT ON COLUMN crm.crm_mails.language IS 'ISO 639-1, as guessed.';
COMMENT ON COLUMN crm.crm_mails.size IS 'Octets as received.';
COMMENT ON COLUMN crm.crm_mails.filed_by IS 'Login of the user who wrote or filed it.';
COMMENT ON COLUMN crm.crm_mails.author IS 'Address of the From field.';
COMMENT ON COLUMN crm.crm_mails.contact_ids IS 'Contacts that it stands on, of those that the reader may see.';
COMMENT ON COLUMN crm.crm_mails.record_ids IS 'Records that it stands on, of those that the reader may see.';
COMMENT ON COLUMN crm.crm_mails.ticket_ids IS 'Tickets that it stands on, of those that the reader may see.';
CREATE VIEW crm.crm_records WITH (security_invoker='true') AS
 SELECT r.id AS record_id,
    r.code,
    r.kind,
    r.title,
    r.state,
    s.name AS stage,
    r.external_reference,
    r.origin,
    u.login AS owner,
    o.name AS office,
    r.amount,
    r.currency,
    r.parent_id,
    r.created_at,
    r.updated_at,
    r.closed_at
   FROM (((crm.record r
     LEFT JOIN crm.stage s ON ((s.id = r.stage_id)))
     LEFT JOIN crm.users u ON ((u.id = r.owner_id)))
     LEFT JOIN crm.office o ON ((o.id = r.office_id)));
ALTER TABLE crm.crm_records OWNER TO crm_owner;
COMMENT ON VIEW crm.crm_records IS 'Leads, deals and other records.';
COMMENT ON COLUMN crm.crm_records.record_id IS 'Key.';
COMMENT ON COLUMN crm.crm_records.code IS 'Code, as LEAD-1.';
COMMENT ON COLUMN crm.crm_records.kind IS 'lead, deal, or a kind of the company''s own.';
COMMENT ON COLUMN crm.crm_records.title IS 'Title.';
COMMENT ON COLUMN crm.crm_records.state IS 'open, won, lost or closed.';
COMMENT ON COLUMN crm.crm_records.stage IS 'Stage of the funnel.';
COMMENT ON COLUMN crm.crm_records.external_reference IS 'Reference by which forms and portals name it.';
COMMENT ON COLUMN crm.crm_records.origin IS 'Key of the origin.';
COMMENT ON COLUMN crm.crm_records.owner IS 'Login of the owner.';
COMMENT ON COLUMN crm.crm_records.office IS 'Name of the office.';
COMMENT ON COLUMN crm.crm_records.amount IS 'Amount.';
COMMENT ON COLUMN crm.crm_records.currency IS 'Currency of the amount.';
COMMENT ON COLUMN crm.crm_records.parent_id IS 'Record that it came from: a deal''s lead.';
COMMENT ON COLUMN crm.crm_records.created_at IS 'When it was made.';
COMMENT ON COLUMN crm.crm_records.updated_at IS 'When it was last changed.';
COMMENT ON COLUMN crm.crm_records.closed_at IS 'When it was closed.';
CREATE VIEW crm.crm_tickets WITH (security_invoker='true') AS
 SELECT t.id AS ticket_id,
    t.code,
    t.subject,
    t.status,
    t.priority,
    t.inbox,
    t.contact_id,
    t.record_id,
    u.login AS owner,
    o.name AS office,
    t.created_at,
    t.updated_at,
    t.solved_at,
    t.closed_at
   FROM ((crm.ticket t
     LEFT JOIN crm.users u ON ((u.id = t.owner_id)))
     LEFT JOIN crm.office o ON ((o.id = t.office_id)));
ALTER TABLE crm.crm_tickets OWNER TO crm_owner;
COMMENT ON VIEW crm.crm_tickets IS 'Tickets.';
COMMENT ON COLUMN crm.crm_tickets.ticket_id IS 'Key.';
COMMENT ON COLUMN crm.crm_tickets.code IS 'Code, as INC-1.';
COMMENT ON COLUMN crm.crm_tickets.subject IS 'Subject.';
COMMENT ON COLUMN crm.crm_tickets.status IS 'new, open, pending, on_hold, solved or closed.';
COMMENT ON COLUMN crm.crm_tickets.priority IS 'low, normal, high or urgent.';
COMMENT ON COLUMN crm.crm_tickets.inbox IS 'Key of the inbox that it came by.';
COMMENT ON COLUMN crm.crm_tickets.contact_id IS 'Contact; see crm_contacts.';
COMMENT ON COLUMN crm.crm_tickets.record_id IS 'Record; see crm_records.';
COMMENT ON COLUMN crm.crm_tickets.owner IS 'Login of the owner.';
COMMENT ON COLUMN crm.crm_tickets.office IS 'Name of the office.';
COMMENT ON COLUMN crm.crm_tickets.created_at IS 'When it was made.';
COMMENT ON COLUMN crm.crm_tickets.updated_at IS 'When it was last changed.';
COMMENT ON COLUMN crm.crm_tickets.solved_at IS 'When it was solved.';
COMMENT ON COLUMN crm.crm_tickets.closed_at IS 'When it was closed.';
CREATE VIEW crm.crm_users WITH (security_invoker='true') AS
 SELECT u.id AS user_id,
    u.login,
    u.name,
    u.role,
    o.name AS office,
    u.created_at,
    u.deactivated_at
   FROM (crm.users u
     LEFT JOIN crm.office o ON ((o.id = u.office_id)));
ALTER TABLE crm.crm_users OWNER TO crm_owner;
COMMENT ON VIEW crm.crm_users IS 'Colleagues.';
COMMENT ON COLUMN crm.crm_users.user_id IS 'Key.';
COMMENT ON COLUMN crm.crm_users.login IS 'Short unique name.';
COMMENT ON COLUMN crm.crm_users.name IS 'Name for people.';
COMMENT ON COLUMN crm.crm_users.role IS 'administrator, coordinator or agent.';
COMMENT ON COLUMN crm.crm_users.office IS 'Name of the office.';
COMMENT ON COLUMN crm.crm_users.created_at IS 'When the user was added.';
COMMENT ON COLUMN crm.crm_users.deactivated_at IS 'When the user was deactivated; null for active ones.';
CREATE TABLE crm.erased_address (
    key bytea NOT NULL,
    erased_at timestamp with time zone NOT NULL
);
ALTER TABLE crm.erased_address OWNER TO crm_owner;
CREATE TABLE crm.erasure (
    id bigint NOT NULL,
    transaction xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    db_role text DEFAULT SESSION_USER NOT NULL,
    user_id uuid,
    reason text NOT NULL,
    mail_id uuid,
    sha256 bytea,
    CONSTRAINT erasure_check CHECK ((num_nonnulls(mail_id, sha256) = 1))
);
ALTER TABLE crm.erasure OWNER TO crm_owner;
ALTER TABLE crm.erasure ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME crm.erasure_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm.erasure_pending (
    mail_id uuid NOT NULL,
    contact_id uuid,
    cause text NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    decision text,
    decided_by uuid,
    decided_at timestamp with time zone,
    CONSTRAINT erasure_pending_cause_check CHECK ((cause = ANY (ARRAY['party'::text, 'mention'::text, 'late'::text]))),
    CONSTRAINT erasure_pending_decision_check CHECK ((decision = ANY (ARRAY['delete'::text, 'keep'::text])))
);
ALTER TABLE crm.erasure_pending OWNER TO crm_owner;
CREATE TABLE crm.inbox (
    key text NOT NULL,
    office text
);
ALTER TABLE crm.inbox OWNER TO crm_owner;
CREATE TABLE crm.lead_count (
    key text NOT NULL,
    hour timestamp with time zone NOT NULL,
    leads integer NOT NULL
);
ALTER TABLE crm.lead_count OWNER TO crm_owner;
CREATE TABLE crm.mail_handling (
    mail_id uuid NOT NULL,
    owner_id uuid,
    locked_at timestamp with time zone,
    locked_by uuid,
    sent_at timestamp with time zone NOT NULL
);
ALTER TABLE crm.mail_handling OWNER TO crm_owner;
CREATE TABLE crm.mail_key (
    fingerprint bytea NOT NULL,
    mail_id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL,
    anonymous boolean NOT NULL
);
ALTER TABLE crm.mail_key OWNER TO crm_owner;
CREATE TABLE crm.mail_raw (
    mail_id uuid NOT NULL,
    raw bytea NOT NULL
)
PARTITION BY RANGE (mail_id);
ALTER TABLE crm.mail_raw OWNER TO crm_owner;
CREATE TABLE crm.mail_search (
    mail_id uuid NOT NULL,
    words tsvector NOT NULL
)
PARTITION BY RANGE (mail_id);
ALTER TABLE crm.mail_search OWNER TO crm_owner;
CREATE TABLE crm.message_id_key (
    digest bytea NOT NULL,
    mail_id uuid NOT NULL
);
ALTER TABLE crm.message_id_key OWNER TO crm_owner;
CREATE TABLE crm.note (
    id uuid NOT NULL,
    contact_id uuid,
    record_id uuid,
    ticket_id uuid,
    mail_id uuid,
    author_id uuid,
    text text NOT NULL,
    pinned boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    edited_at timestamp with time zone,
    deleted_at timestamp with time zone,
    CONSTRAINT note_check CHECK ((num_nonnulls(contact_id, record_id, ticket_id, mail_id) = 1))
);
ALTER TABLE crm.note OWNER TO crm_owner;
CREATE TABLE crm.note_version (
    note_id uuid NOT NULL,
    replaced_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    replaced_by uuid,
    text text NOT NULL
);
ALTER TABLE crm.note_version OWNER TO crm_owner;
CREATE TABLE crm.origin (
    key text NOT NULL,
    names jsonb DEFAULT '{}'::jsonb NOT NULL,
    icon text,
    built_in boolean DEFAULT false NOT NULL
);
ALTER TABLE crm.origin OWNER TO crm_owner;
CREATE TABLE crm.outbox (
    id uuid NOT NULL,
    kind text NOT NULL,
    state text DEFAULT 'queued'::text NOT NULL,
    mail_from text NOT NULL,
    rcpt_to text NOT NULL,
    message_id text NOT NULL,
    subject text NOT NULL,
    message jsonb NOT NULL,
    in_reply_to uuid,
    contact_id uuid,
    record_id uuid,
    ticket_id uuid,
    comment_id uuid,
    author_id uuid,
    attempts integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone DEFAULT now() NOT NULL,
    leased_by text,
    leased_until timestamp with time zone,
    error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    settled_at timestamp with time zone,
    number bigint NOT NULL,
    inbox text,
    channel text DEFAULT 'mail'::text NOT NULL,
    notification_id uuid,
    mail_id uuid,
    since timestamp with time zone DEFAULT now() NOT NULL,
    slot_at timestamp with time zone,
    reply text,
    report text,
    reported_at timestamp with time zone,
    report_text text,
    report_mail_id uuid,
    hearsay_at timestamp with time zone,
    CONSTRAINT outbox_channel_check CHECK ((channel = ANY (ARRAY['mail'::text, 'webhook'::text]))),
    CONSTRAINT outbox_kind_check CHECK ((kind = ANY (ARRAY['reply'::text, 'notice'::text, 'comment'::text, 'letter'::text]))),
    CONSTRAINT outbox_next_at_check CHECK (isfinite(next_at)),
    CONSTRAINT outbox_report_check CHECK ((report = ANY (ARRAY['delayed'::text, 'refused'::text, 'full'::text, 'bounce'::text, 'unsubscribe'::text, 'complaint'::text]))),
    CONSTRAINT outbox_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'dead'::text, 'cancelled'::text])))
);
ALTER TABLE crm.outbox OWNER TO crm_owner;
COMMENT ON COLUMN crm.outbox.mail_from IS 'Empty: the null sender. Else the inbox''s address; it is signed when the mail is sent.';
COMMENT ON COLUMN crm.outbox.next_at IS 'When it is looked at next; while it is leased, not before the lease ends.';
COMMENT ON COLUMN crm.outbox.error IS 'Why it was not sent, or not yet.';
CREATE TABLE crm.outbox_domain (
    domain bytea NOT NULL,
    free_at timestamp with time zone NOT NULL
);
ALTER TABLE crm.outbox_domain OWNER TO crm_owner;
ALTER TABLE crm.outbox ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME crm.outbox_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm.personal_row (
    table_name text NOT NULL,
    condition text NOT NULL
);
ALTER TABLE crm.personal_row OWNER TO crm_owner;
CREATE TABLE crm.personal_text (
    table_name text NOT NULL,
    column_name text NOT NULL
);
ALTER TABLE crm.personal_text OWNER TO crm_owner;
CREATE TABLE crm.queue (
    inbox text NOT NULL,
    served uuid[] DEFAULT '{}'::uuid[] NOT NULL
);
ALTER TABLE crm.queue OWNER TO crm_owner;
CREATE TABLE crm.record_party (
    record_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    role text
);
ALTER TABLE crm.record_party OWNER TO crm_owner;
CREATE TABLE crm.reply_count (
    key bytea NOT NULL,
    since timestamp with time zone NOT NULL,
    replies integer NOT NULL,
    until timestamp with time zone NOT NULL,
    CONSTRAINT reply_count_key_check CHECK ((octet_length(key) = 32))
);
ALTER TABLE crm.reply_count OWNER TO crm_owner;
CREATE TABLE crm.schema_history (
    version integer NOT NULL,
    name character varying(255),
    applied_on character varying(255),
    checksum character varying(255)
);
ALTER TABLE crm.schema_history OWNER TO crm_owner;
CREATE TABLE crm.scope (
    id bigint NOT NULL,
    key bytea NOT NULL,
    author_id uuid,
    inbox text,
    CONSTRAINT scope_check CHECK ((num_nonnulls(author_id, inbox) <= 1))
);
ALTER TABLE crm.scope OWNER TO crm_owner;
CREATE TABLE crm.scope_holder (
    scope_id bigint NOT NULL,
    owner_id uuid,
    office_id uuid,
    holder smallint NOT NULL,
    holders smallint NOT NULL
);
ALTER TABLE crm.scope_holder OWNER TO crm_owner;
ALTER TABLE crm.scope ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME crm.scope_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm.search_queue (
    mail_id uuid NOT NULL
);
ALTER TABLE crm.search_queue OWNER TO crm_owner;
CREATE TABLE crm.secret (
    name text NOT NULL,
    value bytea NOT NULL,
    CONSTRAINT secret_value_check CHECK ((octet_length(value) >= 32))
);
ALTER TABLE crm.secret OWNER TO crm_owner;
CREATE TABLE crm.series (
    prefix text NOT NULL,
    year smallint DEFAULT 0 NOT NULL,
    last bigint DEFAULT 0 NOT NULL,
    CONSTRAINT series_prefix_check CHECK (((prefix = upper(prefix)) AND (prefix <> ''::text)))
);
ALTER TABLE crm.series OWNER TO crm_owner;
CREATE TABLE crm.sighting (
    spool_id uuid NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE crm.sighting OWNER TO crm_owner;
CREATE TABLE crm.signing_key (
    id smallint NOT NULL,
    secret bytea NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT signing_key_id_check CHECK (((id >= 0) AND (id <= 31))),
    CONSTRAINT signing_key_secret_check CHECK ((octet_length(secret) = 32))
);
ALTER TABLE crm.signing_key OWNER TO crm_owner;
CREATE TABLE crm.task (
    id uuid NOT NULL,
    title text NOT NULL,
    assigned_to uuid,
    contact_id uuid,
    record_id uuid,
    ticket_id uuid,
    due_at timestamp with time zone,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    completed_by uuid
);
ALTER TABLE crm.task OWNER TO crm_owner;
CREATE TABLE crm.team (
    id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE crm.team OWNER TO crm_owner;
CREATE TABLE crm.ticket_comment (
    id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    is_public boolean NOT NULL,
    author_id uuid,
    mail_id uuid,
    text text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    edited_at timestamp with time zone,
    deleted_at timestamp with time zone
);
ALTER TABLE crm.ticket_comment OWNER TO crm_owner;
CREATE TABLE crm.told_once (
    digest bytea NOT NULL,
    told_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE crm.told_once OWNER TO crm_owner;
CREATE TABLE crm.upload (
    sha256 bytea NOT NULL,
    user_id uuid NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE crm.upload OWNER TO crm_owner;
CREATE TABLE crm.user_address (
    address text NOT NULL,
    user_id uuid NOT NULL,
    "position" smallint DEFAULT 0 NOT NULL
);
ALTER TABLE crm.user_address OWNER TO crm_owner;
CREATE TABLE crm.user_certificate (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL
);
ALTER TABLE crm.user_certificate OWNER TO crm_owner;
CREATE TABLE crm.user_client_address (
    address inet NOT NULL,
    user_id uuid NOT NULL,
    CONSTRAINT user_client_address_address_check CHECK (((NOT (address <<= '127.0.0.0/8'::inet)) AND (NOT (address <<= '::1'::inet))))
);
ALTER TABLE crm.user_client_address OWNER TO crm_owner;
CREATE TABLE crm.user_sasl_login (
    login text NOT NULL,
    user_id uuid NOT NULL
);
ALTER TABLE crm.user_sasl_login OWNER TO crm_owner;
ALTER TABLE ONLY crm.activity
    ADD CONSTRAINT activity_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.address_state
    ADD CONSTRAINT address_state_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY crm.attachment_content
    ADD CONSTRAINT attachment_content_pkey PRIMARY KEY (sha256);
ALTER TABLE ONLY crm.attachment
    ADD CONSTRAINT attachment_pkey PRIMARY KEY (mail_id, "position");
ALTER TABLE ONLY crm.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.block
    ADD CONSTRAINT block_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.consent
    ADD CONSTRAINT consent_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.contact_address
    ADD CONSTRAINT contact_address_pkey PRIMARY KEY (contact_id, digest);
ALTER TABLE ONLY crm.contact_merge
    ADD CONSTRAINT contact_merge_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.contact_phone
    ADD CONSTRAINT contact_phone_pkey PRIMARY KEY (contact_id, digest);
ALTER TABLE ONLY crm.contact
    ADD CONSTRAINT contact_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.contact_relation
    ADD CONSTRAINT contact_relation_pkey PRIMARY KEY (person_id, company_id);
ALTER TABLE ONLY crm.contact_type
    ADD CONSTRAINT contact_type_pkey PRIMARY KEY (key);
ALTER TABLE ONLY crm.erased_address
    ADD CONSTRAINT erased_address_pkey PRIMARY KEY (key);
ALTER TABLE ONLY crm.erasure_pending
    ADD CONSTRAINT erasure_pending_pkey PRIMARY KEY (mail_id);
ALTER TABLE ONLY crm.erasure
    ADD CONSTRAINT erasure_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (key);
ALTER TABLE ONLY crm.intake
    ADD CONSTRAINT intake_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.lead_count
    ADD CONSTRAINT lead_count_pkey PRIMARY KEY (key);
ALTER TABLE ONLY crm.mail_access
    ADD CONSTRAINT mail_access_pkey PRIMARY KEY (scope_id, sent_at, mail_id);
ALTER TABLE ONLY crm.mail_handling
    ADD CONSTRAINT mail_handling_pkey PRIMARY KEY (mail_id);
ALTER TABLE ONLY crm.mail_key
    ADD CONSTRAINT mail_key_pkey PRIMARY KEY (fingerprint);
ALTER TABLE ONLY crm.mail
    ADD CONSTRAINT mail_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.mail_raw
    ADD CONSTRAINT mail_raw_pkey PRIMARY KEY (mail_id);
ALTER TABLE ONLY crm.mail_search
    ADD CONSTRAINT mail_search_pkey PRIMARY KEY (mail_id);
ALTER TABLE ONLY crm.message_id_key
    ADD CONSTRAINT message_id_key_pkey PRIMARY KEY (digest, mail_id);
ALTER TABLE ONLY crm.note
    ADD CONSTRAINT note_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.note_version
    ADD CONSTRAINT note_version_pkey PRIMARY KEY (note_id, replaced_at);
ALTER TABLE ONLY crm.notification
    ADD CONSTRAINT notification_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.office
    ADD CONSTRAINT office_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.origin
    ADD CONSTRAINT origin_pkey PRIMARY KEY (key);
ALTER TABLE ONLY crm.outbox_domain
    ADD CONSTRAINT outbox_domain_pkey PRIMARY KEY (domain);
ALTER TABLE ONLY crm.outbox
    ADD CONSTRAINT outbox_number UNIQUE (number);
ALTER TABLE ONLY crm.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.party
    ADD CONSTRAINT party_pkey PRIMARY KEY (mail_id, "position");
ALTER TABLE ONLY crm.personal_row
    ADD CONSTRAINT personal_row_pkey PRIMARY KEY (table_name);
ALTER TABLE ONLY crm.personal_text
    ADD CONSTRAINT personal_text_pkey PRIMARY KEY (table_name, column_name);
ALTER TABLE ONLY crm.queue
    ADD CONSTRAINT queue_pkey PRIMARY KEY (inbox);
ALTER TABLE ONLY crm.record
    ADD CONSTRAINT record_code_key UNIQUE (code);
ALTER TABLE ONLY crm.record_party
    ADD CONSTRAINT record_party_pkey PRIMARY KEY (record_id, contact_id);
ALTER TABLE ONLY crm.record
    ADD CONSTRAINT record_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.reply_count
    ADD CONSTRAINT reply_count_pkey PRIMARY KEY (key);
ALTER TABLE ONLY crm.schema_history
    ADD CONSTRAINT schema_history_pkey PRIMARY KEY (version);
ALTER TABLE ONLY crm.scope_holder
    ADD CONSTRAINT scope_holder_pkey PRIMARY KEY (scope_id, holder);
ALTER TABLE ONLY crm.scope
    ADD CONSTRAINT scope_key_key UNIQUE (key);
ALTER TABLE ONLY crm.scope
    ADD CONSTRAINT scope_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.search_queue
    ADD CONSTRAINT search_queue_pkey PRIMARY KEY (mail_id);
ALTER TABLE ONLY crm.secret
    ADD CONSTRAINT secret_pkey PRIMARY KEY (name);
ALTER TABLE ONLY crm.series
    ADD CONSTRAINT series_pkey PRIMARY KEY (prefix, year);
ALTER TABLE ONLY crm.sighting
    ADD CONSTRAINT sighting_pkey PRIMARY KEY (spool_id);
ALTER TABLE ONLY crm.signing_key
    ADD CONSTRAINT signing_key_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.stage
    ADD CONSTRAINT stage_id_type UNIQUE (id, contact_type);
ALTER TABLE ONLY crm.stage
    ADD CONSTRAINT stage_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.task
    ADD CONSTRAINT task_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.team_member
    ADD CONSTRAINT team_member_pkey PRIMARY KEY (team_id, user_id);
ALTER TABLE ONLY crm.team
    ADD CONSTRAINT team_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.ticket
    ADD CONSTRAINT ticket_code_key UNIQUE (code);
ALTER TABLE ONLY crm.ticket_comment
    ADD CONSTRAINT ticket_comment_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.ticket
    ADD CONSTRAINT ticket_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.told_once
    ADD CONSTRAINT told_once_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY crm.upload
    ADD CONSTRAINT upload_pkey PRIMARY KEY (sha256, user_id);
ALTER TABLE ONLY crm.user_address
    ADD CONSTRAINT user_address_pkey PRIMARY KEY (address);
ALTER TABLE ONLY crm.user_client_address
    ADD CONSTRAINT user_client_address_pkey PRIMARY KEY (address);
ALTER TABLE ONLY crm.user_sasl_login
    ADD CONSTRAINT user_sasl_login_pkey PRIMARY KEY (login);
ALTER TABLE ONLY crm.users
    ADD CONSTRAINT users_pg_role_key UNIQUE (pg_role);
ALTER TABLE ONLY crm.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE INDEX activity_contact ON crm.activity USING btree (contact_id) WHERE (contact_id IS NOT NULL);
CREATE INDEX activity_created_by ON crm.activity USING btree (created_by) WHERE (created_by IS NOT NULL);
CREATE INDEX activity_list_all ON crm.activity USING btree (COALESCE(due_at, 'infinity'::timestamp with time zone), id);
CREATE INDEX activity_list_open ON crm.activity USING btree (COALESCE(due_at, 'infinity'::timestamp with time zone), id) WHERE (completed_at IS NULL);
CREATE INDEX activity_mail ON crm.activity USING btree (mail_id) WHERE (mail_id IS NOT NULL);
CREATE INDEX activity_owner_all ON crm.activity USING btree (owner_id, COALESCE(due_at, 'infinity'::timestamp with time zone), id);
CREATE INDEX activity_owner_open ON crm.activity USING btree (owner_id, COALESCE(due_at, 'infinity'::timestamp with time zone), id) WHERE (completed_at IS NULL);
CREATE INDEX activity_record ON crm.activity USING btree (record_id) WHERE (record_id IS NOT NULL);
CREATE INDEX activity_ticket ON crm.activity USING btree (ticket_id) WHERE (ticket_id IS NOT NULL);
CREATE INDEX address_state_off ON crm.address_state USING btree (off_at) WHERE (off_at IS NOT NULL);
CREATE INDEX attachment_content_of ON ONLY crm.attachment USING btree (sha256);
CREATE INDEX audit_address ON crm.audit USING btree (COALESCE((key ->> 'address'::text), (change ->> 'address'::text)), id) WHERE (entity = 'address_state'::text);
CREATE INDEX audit_at ON crm.audit USING btree (at);
CREATE INDEX audit_card ON crm.audit USING btree (crm.audit_card(key, change), id) WHERE (crm.audit_card(key, change) IS NOT NULL);
CREATE INDEX audit_entity ON crm.audit USING btree (entity_id, id);
CREATE INDEX audit_link_removed ON crm.audit USING btree (((change ->> 'mail_id'::text))) WHERE ((entity = 'link'::text) AND (action = 'delete'::text));
CREATE INDEX audit_user ON crm.audit USING btree (user_id, id) WHERE (user_id IS NOT NULL);
CREATE UNIQUE INDEX block_contact ON crm.block USING btree (contact_id) WHERE ((removed_at IS NULL) AND (kind = 'contact'::text));
CREATE UNIQUE INDEX block_hash ON crm.block USING btree (SUBSTRING(keyed_hash FROM 1 FOR 16)) WHERE ((removed_at IS NULL) AND (kind = 'hash'::text));
CREATE UNIQUE INDEX block_value ON crm.block USING btree (kind, value) WHERE ((removed_at IS NULL) AND (value IS NOT NULL));
CREATE INDEX consent_address ON crm.consent USING btree (crm.digest(address)) WHERE (address IS NOT NULL);
CREATE INDEX consent_contact ON crm.consent USING btree (contact_id);
CREATE INDEX contact_address_begins ON crm.contact_address USING btree ("left"(address, 200) text_pattern_ops);
CREATE UNIQUE INDEX contact_address_key ON crm.contact_address USING btree (digest) WHERE (NOT shared);
CREATE INDEX contact_address_shared ON crm.contact_address USING btree (digest) WHERE shared;
CREATE INDEX contact_colour_list ON crm.contact USING btree (colour, id) WHERE (colour IS NOT NULL);
CREATE INDEX contact_company_pairs ON crm.contact USING gin (crm.letter_pairs(lower(company))) WHERE (company IS NOT NULL);
CREATE INDEX contact_company_part ON crm.contact USING gin (lower(company) public.gin_trgm_ops) WHERE (company IS NOT NULL);
CREATE INDEX contact_interests ON crm.contact USING gin (interests);
CREATE INDEX contact_language_list ON crm.contact USING btree (language, id);
CREATE INDEX contact_merge_into ON crm.contact_merge USING btree (into_id, id);
CREATE INDEX contact_merge_of ON crm.contact_merge USING btree (contact_id, id);
CREATE INDEX contact_merged ON crm.contact USING btree (merged_into) WHERE (merged_into IS NOT NULL);
CREATE INDEX contact_name ON crm.contact USING btree (lower("left"(name, 200)) text_pattern_ops);
CREATE INDEX contact_name_list ON crm.contact USING btree (lower("left"(name, 200)), id);
CREATE INDEX contact_name_pairs ON crm.contact USING gin (crm.letter_pairs(lower(name)));
CREATE INDEX contact_name_part ON crm.contact USING gin (lower(name) public.gin_trgm_ops);
CREATE INDEX contact_office_id ON crm.contact USING btree (office_id, id) WHERE (office_id IS NOT NULL);
CREATE INDEX contact_origin_list ON crm.contact USING btree (origin, id);
CREATE INDEX contact_owner_id ON crm.contact USING btree (owner_id, id);
CREATE UNIQUE INDEX contact_phone_key ON crm.contact_phone USING btree (digest) WHERE (NOT shared);
CREATE INDEX contact_phone_shared ON crm.contact_phone USING btree (digest) WHERE shared;
CREATE INDEX contact_relation_company ON crm.contact_relation USING btree (company_id);
CREATE INDEX contact_stage_list ON crm.contact USING btree (stage_id, id) WHERE (stage_id IS NOT NULL);
CREATE INDEX contact_stars_list ON crm.contact USING btree (stars, id) WHERE (stars > 0);
CREATE INDEX contact_state_list ON crm.contact USING btree (state, id);
CREATE INDEX contact_type_list ON crm.contact USING btree (type, id);
CREATE INDEX contact_updated_list ON crm.contact USING btree (updated_at, id);
CREATE INDEX erased_address_at ON crm.erased_address USING btree (erased_at);
CREATE INDEX erasure_content ON crm.erasure USING btree (sha256);
CREATE INDEX erasure_mail ON crm.erasure USING btree (mail_id);
CREATE INDEX erasure_pending_open ON crm.erasure_pending USING btree (mail_id) WHERE (decision IS NULL);
CREATE INDEX intake_cause ON crm.intake USING btree (cause, id) WHERE ((outcome = 'unresolved'::text) AND (resolved_at IS NULL));
CREATE INDEX intake_duplicate ON crm.intake USING btree (mail_id) WHERE ((mail_id IS NOT NULL) AND (outcome = 'duplicate'::text));
CREATE INDEX intake_inbox ON crm.intake USING btree (inbox, id);
CREATE INDEX intake_inbox_mail ON crm.intake USING btree (inbox, mail_id) WHERE ((mail_id IS NOT NULL) AND (outcome <> 'duplicate'::text));
CREATE INDEX intake_outcome ON crm.intake USING btree (outcome, id) WHERE (outcome <> 'recorded'::text);
CREATE UNIQUE INDEX intake_route ON crm.intake USING btree (mail_id, inbox, COALESCE(detail, ''::text), COALESCE(user_id, '00000000-0000-0000-0000-000000000000'::uuid), ((outcome = 'spam'::text))) WHERE ((mail_id IS NOT NULL) AND (outcome <> 'duplicate'::text));
CREATE INDEX intake_spool ON crm.intake USING btree (spool_id);
CREATE INDEX intake_unresolved ON crm.intake USING btree (id) INCLUDE (mail_id, inbox, user_id) WHERE ((outcome = 'unresolved'::text) AND (resolved_at IS NULL));
CREATE INDEX intake_unresolved_mail ON crm.intake USING btree (mail_id) WHERE ((mail_id IS NOT NULL) AND (outcome = 'unresolved'::text) AND (resolved_at IS NULL));
CREATE INDEX intake_user ON crm.intake USING btree (user_id, id) WHERE (user_id IS NOT NULL);
CREATE UNIQUE INDEX link_contact ON crm.link USING btree (contact_id, mail_id) WHERE (contact_id IS NOT NULL);
CREATE INDEX link_contact_sent ON crm.link USING btree (contact_id, sent_at, mail_id) WHERE (contact_id IS NOT NULL);
CREATE INDEX link_mail ON crm.link USING btree (mail_id);
CREATE UNIQUE INDEX link_record ON crm.link USING btree (record_id, mail_id) WHERE (record_id IS NOT NULL);
CREATE INDEX link_record_sent ON crm.link USING btree (record_id, sent_at, mail_id) WHERE (record_id IS NOT NULL);
CREATE UNIQUE INDEX link_ticket ON crm.link USING btree (ticket_id, mail_id) WHERE (ticket_id IS NOT NULL);
CREATE INDEX link_ticket_sent ON crm.link USING btree (ticket_id, sent_at, mail_id) WHERE (ticket_id IS NOT NULL);
CREATE INDEX mail_access_mail ON crm.mail_access USING btree (mail_id) INCLUDE (scope_id);
CREATE INDEX mail_access_recorded ON crm.mail_access USING btree (scope_id, mail_id);
CREATE INDEX mail_filed_by ON ONLY crm.mail USING btree (filed_by, id) WHERE (filed_by IS NOT NULL);
CREATE INDEX mail_handling_locked ON crm.mail_handling USING btree (mail_id) WHERE (locked_at IS NOT NULL);
CREATE INDEX mail_handling_owner ON crm.mail_handling USING btree (owner_id, mail_id) WHERE (owner_id IS NOT NULL);
CREATE INDEX mail_handling_owner_sent ON crm.mail_handling USING btree (owner_id, sent_at, mail_id) WHERE (owner_id IS NOT NULL);
CREATE INDEX mail_received ON ONLY crm.mail USING btree (received_at, id);
CREATE INDEX mail_search_words ON ONLY crm.mail_search USING gin (words);
CREATE INDEX mail_sent ON ONLY crm.mail USING btree (LEAST(sent_at, received_at), id);
CREATE INDEX mail_source ON ONLY crm.mail USING btree (source, id);
CREATE INDEX note_contact ON crm.note USING btree (contact_id, id) WHERE (contact_id IS NOT NULL);
CREATE INDEX note_mail ON crm.note USING btree (mail_id) WHERE (mail_id IS NOT NULL);
CREATE INDEX note_record ON crm.note USING btree (record_id, id) WHERE (record_id IS NOT NULL);
CREATE INDEX note_ticket ON crm.note USING btree (ticket_id, id) WHERE (ticket_id IS NOT NULL);
CREATE INDEX notification_contact ON crm.notification USING btree (contact_id) WHERE (contact_id IS NOT NULL);
CREATE INDEX notification_for_digest ON crm.notification USING btree (user_id, id) WHERE for_digest;
CREATE INDEX notification_mail ON crm.notification USING btree (mail_id) WHERE (mail_id IS NOT NULL);
CREATE INDEX notification_new ON crm.notification USING btree (user_id, id) WHERE (seen_at IS NULL);
CREATE INDEX notification_untold ON crm.notification USING btree (id) WHERE (told_at IS NULL);
CREATE INDEX notification_user ON crm.notification USING btree (user_id, id);
CREATE UNIQUE INDEX office_name ON crm.office USING btree (lower(name));
CREATE INDEX outbox_author ON crm.outbox USING btree (author_id, id) WHERE (author_id IS NOT NULL);
CREATE INDEX outbox_comment ON crm.outbox USING btree (comment_id) WHERE (comment_id IS NOT NULL);
CREATE INDEX outbox_contact ON crm.outbox USING btree (contact_id, created_at) WHERE (contact_id IS NOT NULL);
CREATE INDEX outbox_due ON crm.outbox USING btree (next_at) WHERE (state = 'queued'::text);
CREATE INDEX outbox_message_id ON crm.outbox USING btree (crm.digest(message_id));
CREATE INDEX outbox_notification ON crm.outbox USING btree (notification_id) WHERE (notification_id IS NOT NULL);
CREATE INDEX outbox_rcpt ON crm.outbox USING btree (crm.digest(rcpt_to), created_at);
CREATE INDEX outbox_recipient ON crm.outbox USING hash (rcpt_to);
CREATE INDEX outbox_record ON crm.outbox USING btree (record_id, id) WHERE (record_id IS NOT NULL);
CREATE INDEX outbox_state_list ON crm.outbox USING btree (state, id) WHERE (state <> 'sent'::text);
CREATE INDEX outbox_ticket ON crm.outbox USING btree (ticket_id, id) WHERE (ticket_id IS NOT NULL);
CREATE INDEX outbox_webhook_due ON crm.outbox USING btree (next_at) WHERE ((state = 'queued'::text) AND (channel = 'webhook'::text));
CREATE INDEX party_address ON ONLY crm.party USING btree (canonical, mail_id) WHERE (canonical IS NOT NULL);
CREATE INDEX record_external_reference ON crm.record USING btree (crm.digest(external_reference)) WHERE (external_reference IS NOT NULL);
CREATE INDEX record_kind_list ON crm.record USING btree (kind, id);
CREATE INDEX record_office_id ON crm.record USING btree (office_id, id) WHERE (office_id IS NOT NULL);
CREATE INDEX record_open ON crm.record USING btree (owner_id, id) INCLUDE (office_id) WHERE (state = 'open'::text);
CREATE INDEX record_origin_list ON crm.record USING btree (origin, id);
CREATE INDEX record_owner_id ON crm.record USING btree (owner_id, id);
CREATE INDEX record_parent ON crm.record USING btree (parent_id) WHERE (parent_id IS NOT NULL);
CREATE INDEX record_party_contact ON crm.record_party USING btree (contact_id);
CREATE INDEX record_reference ON crm.record USING hash (external_reference) WHERE (external_reference IS NOT NULL);
CREATE INDEX record_stage_list ON crm.record USING btree (stage_id, id) WHERE (stage_id IS NOT NULL);
CREATE INDEX record_title_part ON crm.record USING gin (lower(title) public.gin_trgm_ops);
CREATE INDEX reply_count_until ON crm.reply_count USING btree (until);
CREATE INDEX scope_author ON crm.scope USING btree (author_id) WHERE (author_id IS NOT NULL);
CREATE INDEX scope_holder_office ON crm.scope_holder USING btree (office_id) INCLUDE (scope_id, holder, holders) WHERE (office_id IS NOT NULL);
CREATE INDEX scope_holder_owner ON crm.scope_holder USING btree (owner_id) INCLUDE (scope_id, holder, holders) WHERE (owner_id IS NOT NULL);
CREATE INDEX scope_inbox ON crm.scope USING btree (inbox) WHERE (inbox IS NOT NULL);
CREATE UNIQUE INDEX stage_contact_name ON crm.stage USING btree (contact_type, lower(name)) WHERE (contact_type IS NOT NULL);
CREATE UNIQUE INDEX stage_record_name ON crm.stage USING btree (record_kind, lower(name)) WHERE (record_kind IS NOT NULL);
CREATE INDEX task_assigned_done ON crm.task USING btree (assigned_to, COALESCE(due_at, 'infinity'::timestamp with time zone), id) WHERE (completed_at IS NOT NULL);
CREATE INDEX task_assigned_open ON crm.task USING btree (assigned_to, COALESCE(due_at, 'infinity'::timestamp with time zone), id) WHERE (completed_at IS NULL);
CREATE INDEX task_contact ON crm.task USING btree (contact_id, id) WHERE (contact_id IS NOT NULL);
CREATE INDEX task_created_by ON crm.task USING btree (created_by) WHERE (created_by IS NOT NULL);
CREATE INDEX task_list_done ON crm.task USING btree (COALESCE(due_at, 'infinity'::timestamp with time zone), id) WHERE (completed_at IS NOT NULL);
CREATE INDEX task_list_open ON crm.task USING btree (COALESCE(due_at, 'infinity'::timestamp with time zone), id) WHERE (completed_at IS NULL);
CREATE INDEX task_record ON crm.task USING btree (record_id, id) WHERE (record_id IS NOT NULL);
CREATE INDEX task_ticket ON crm.task USING btree (ticket_id, id) WHERE (ticket_id IS NOT NULL);
CREATE INDEX team_member_user ON crm.team_member USING btree (user_id);
CREATE UNIQUE INDEX team_name ON crm.team USING btree (lower(name));
CREATE INDEX ticket_comment_ticket ON crm.ticket_comment USING btree (ticket_id, id);
CREATE INDEX ticket_contact ON crm.ticket USING btree (contact_id);
CREATE INDEX ticket_follows ON crm.ticket USING btree (follows_id) WHERE (follows_id IS NOT NULL);
CREATE INDEX ticket_inbox_list ON crm.ticket USING btree (inbox, id);
CREATE INDEX ticket_office_id ON crm.ticket USING btree (office_id, id) WHERE (office_id IS NOT NULL);
CREATE INDEX ticket_owner_id ON crm.ticket USING btree (owner_id, id);
CREATE INDEX ticket_priority_list ON crm.ticket USING btree (priority, id) WHERE (priority <> 'normal'::text);
CREATE INDEX ticket_record ON crm.ticket USING btree (record_id) WHERE (record_id IS NOT NULL);
CREATE INDEX ticket_unsolved ON crm.ticket USING btree (status, id) INCLUDE (owner_id, office_id) WHERE (status <> ALL (ARRAY['solved'::text, 'closed'::text]));
CREATE INDEX user_address_user ON crm.user_address USING btree (user_id);
CREATE UNIQUE INDEX user_certificate_key ON crm.user_certificate USING btree (crm.digest(issuer), crm.digest(subject));
CREATE INDEX user_certificate_user ON crm.user_certificate USING btree (user_id);
CREATE INDEX user_client_address_user ON crm.user_client_address USING btree (user_id);
CREATE INDEX user_sasl_login_user ON crm.user_sasl_login USING btree (user_id);
CREATE UNIQUE INDEX users_login ON crm.users USING btree (lower(login));
CREATE INDEX users_office ON crm.users USING btree (office_id) WHERE (office_id IS NOT NULL);
CREATE TRIGGER access AFTER UPDATE ON crm.contact REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.access_by_card();
CREATE TRIGGER access AFTER INSERT ON crm.intake REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.access_by_intake();
CREATE TRIGGER access AFTER UPDATE ON crm.record REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.access_by_card();
CREATE TRIGGER access AFTER UPDATE ON crm.ticket REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.access_by_card();
CREATE TRIGGER access_deleted AFTER DELETE ON crm.link REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.access_by_link();
CREATE TRIGGER access_inserted AFTER INSERT ON crm.link REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.access_by_link();
CREATE TRIGGER access_updated_from AFTER UPDATE ON crm.link REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.access_by_link();
CREATE TRIGGER access_updated_to AFTER UPDATE ON crm.link REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.access_by_link();
CREATE TRIGGER audit_delete AFTER DELETE ON crm.activity REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.activity ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.address_state REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('address');
ALTER TABLE crm.address_state ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.block REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id', '-keyed_hash');
ALTER TABLE crm.block ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.consent REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.consent ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.contact REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.contact ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.contact_address REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('contact_id', 'address');
ALTER TABLE crm.contact_address ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.contact_merge REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.contact_merge ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.contact_phone REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('contact_id', 'number');
ALTER TABLE crm.contact_phone ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.contact_relation REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('person_id', 'company_id');
ALTER TABLE crm.contact_relation ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.contact_type REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('key');
ALTER TABLE crm.contact_type ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.intake REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id', '-subject', '-reason');
ALTER TABLE crm.intake ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.link REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('mail_id', 'contact_id', 'record_id', 'ticket_id');
ALTER TABLE crm.link ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.mail_handling REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('mail_id');
ALTER TABLE crm.mail_handling ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.note REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.note ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.office REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.office ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.origin REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('key');
ALTER TABLE crm.origin ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.outbox REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id', '-message', '-subject', '-leased_by', '-leased_until', '-attempts', '-next_at');
ALTER TABLE crm.outbox ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.record REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.record ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.record_party REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('record_id', 'contact_id');
ALTER TABLE crm.record_party ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.stage REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.stage ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.task REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.task ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.team REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.team ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.team_member REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('team_id', 'user_id');
ALTER TABLE crm.team_member ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.ticket REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.ticket ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.ticket_comment REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id', '-text');
ALTER TABLE crm.ticket_comment ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.user_address REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('address');
ALTER TABLE crm.user_address ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.user_certificate REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('issuer', 'subject');
ALTER TABLE crm.user_certificate ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.user_client_address REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('address');
ALTER TABLE crm.user_client_address ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.user_sasl_login REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('login');
ALTER TABLE crm.user_sasl_login ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_delete AFTER DELETE ON crm.users REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.users ENABLE ALWAYS TRIGGER audit_delete;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.activity REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.activity ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.address_state REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('address');
ALTER TABLE crm.address_state ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.block REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id', '-keyed_hash');
ALTER TABLE crm.block ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.consent REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.consent ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.contact REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.contact ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.contact_address REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('contact_id', 'address');
ALTER TABLE crm.contact_address ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.contact_merge REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.contact_merge ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.contact_phone REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('contact_id', 'number');
ALTER TABLE crm.contact_phone ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.contact_relation REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('person_id', 'company_id');
ALTER TABLE crm.contact_relation ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.contact_type REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('key');
ALTER TABLE crm.contact_type ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.intake REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id', '-subject', '-reason');
ALTER TABLE crm.intake ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.link REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('mail_id', 'contact_id', 'record_id', 'ticket_id');
ALTER TABLE crm.link ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.mail_handling REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('mail_id');
ALTER TABLE crm.mail_handling ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.note REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.note ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.office REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.office ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.origin REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('key');
ALTER TABLE crm.origin ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.outbox REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id', '-message', '-subject', '-leased_by', '-leased_until', '-attempts', '-next_at');
ALTER TABLE crm.outbox ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.record REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.record ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.record_party REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('record_id', 'contact_id');
ALTER TABLE crm.record_party ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.stage REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.stage ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.task REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.task ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.team REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.team ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.team_member REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('team_id', 'user_id');
ALTER TABLE crm.team_member ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.ticket REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.ticket ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.ticket_comment REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id', '-text');
ALTER TABLE crm.ticket_comment ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.user_address REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('address');
ALTER TABLE crm.user_address ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.user_certificate REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('issuer', 'subject');
ALTER TABLE crm.user_certificate ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.user_client_address REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('address');
ALTER TABLE crm.user_client_address ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.user_sasl_login REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('login');
ALTER TABLE crm.user_sasl_login ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_insert AFTER INSERT ON crm.users REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.users ENABLE ALWAYS TRIGGER audit_insert;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.activity REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.activity ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.address_state REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('address');
ALTER TABLE crm.address_state ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.block REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id', '-keyed_hash');
ALTER TABLE crm.block ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.consent REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.consent ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.contact REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.contact ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.contact_address REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('contact_id', 'address');
ALTER TABLE crm.contact_address ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.contact_merge REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.contact_merge ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.contact_phone REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('contact_id', 'number');
ALTER TABLE crm.contact_phone ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.contact_relation REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('person_id', 'company_id');
ALTER TABLE crm.contact_relation ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.contact_type REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('key');
ALTER TABLE crm.contact_type ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.intake REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id', '-subject', '-reason');
ALTER TABLE crm.intake ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.link REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('mail_id', 'contact_id', 'record_id', 'ticket_id');
ALTER TABLE crm.link ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.mail_handling REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('mail_id');
ALTER TABLE crm.mail_handling ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.note REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.note ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.office REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.office ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.origin REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('key');
ALTER TABLE crm.origin ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.outbox REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id', '-message', '-subject', '-leased_by', '-leased_until', '-attempts', '-next_at');
ALTER TABLE crm.outbox ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.record REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.record ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.record_party REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('record_id', 'contact_id');
ALTER TABLE crm.record_party ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.stage REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.stage ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.task REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.task ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.team REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.team ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.team_member REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('team_id', 'user_id');
ALTER TABLE crm.team_member ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.ticket REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.ticket ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.ticket_comment REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id', '-text');
ALTER TABLE crm.ticket_comment ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.user_address REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('address');
ALTER TABLE crm.user_address ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.user_certificate REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('issuer', 'subject');
ALTER TABLE crm.user_certificate ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.user_client_address REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('address');
ALTER TABLE crm.user_client_address ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.user_sasl_login REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('login');
ALTER TABLE crm.user_sasl_login ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER audit_update AFTER UPDATE ON crm.users REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.audit_rows('id');
ALTER TABLE crm.users ENABLE ALWAYS TRIGGER audit_update;
CREATE TRIGGER changes_state BEFORE UPDATE OF state ON crm.outbox FOR EACH ROW WHEN ((old.state <> new.state)) EXECUTE FUNCTION crm.outbox_changes_state();
CREATE TRIGGER contact_type_keep_built_in BEFORE DELETE ON crm.contact_type FOR EACH ROW WHEN (old.built_in) EXECUTE FUNCTION crm.contact_type_keep_built_in();
CREATE TRIGGER follow_conversion AFTER INSERT ON crm.link FOR EACH ROW WHEN ((new.record_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_conversion();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.activity FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.consent FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.link FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.note FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.notification FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.outbox FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.record_party FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.task FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.ticket FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER guard_code BEFORE INSERT ON crm.record FOR EACH ROW WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.guard_code();
CREATE TRIGGER guard_code BEFORE INSERT ON crm.ticket FOR EACH ROW WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.guard_code();
CREATE TRIGGER guard_handling BEFORE INSERT OR UPDATE ON crm.mail_handling FOR EACH ROW EXECUTE FUNCTION crm.guard_handling();
CREATE CONSTRAINT TRIGGER guard_link AFTER INSERT OR DELETE ON crm.link DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.guard_link();
CREATE TRIGGER guard_maker BEFORE UPDATE ON crm.block FOR EACH ROW WHEN (((CURRENT_USER <> 'crm_daemon'::name) AND ((new.removed_at IS DISTINCT FROM old.removed_at) OR (new.removed_by IS DISTINCT FROM old.removed_by)))) EXECUTE FUNCTION crm.guard_maker();
CREATE TRIGGER guard_maker BEFORE INSERT ON crm.consent FOR EACH ROW WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.guard_maker();
CREATE TRIGGER guard_maker BEFORE INSERT ON crm.contact FOR EACH ROW WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.guard_maker();
CREATE TRIGGER guard_maker BEFORE INSERT ON crm.contact_merge FOR EACH ROW WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.guard_maker();
CREATE TRIGGER guard_maker BEFORE UPDATE ON crm.intake FOR EACH ROW WHEN (((CURRENT_USER <> 'crm_daemon'::name) AND ((new.resolved_at IS DISTINCT FROM old.resolved_at) OR (new.resolved_by IS DISTINCT FROM old.resolved_by)))) EXECUTE FUNCTION crm.guard_maker();
CREATE TRIGGER guard_maker BEFORE INSERT ON crm.record FOR EACH ROW WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.guard_maker();
CREATE TRIGGER guard_maker BEFORE INSERT ON crm.ticket FOR EACH ROW WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.guard_maker();
CREATE TRIGGER guard_merge BEFORE INSERT OR UPDATE OF merged_into ON crm.contact FOR EACH ROW WHEN (((CURRENT_USER <> 'crm_daemon'::name) AND (new.merged_into IS NOT NULL))) EXECUTE FUNCTION crm.guard_merge();
CREATE TRIGGER guard_named BEFORE UPDATE OF contact_id ON crm.activity FOR EACH ROW WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.guard_named();
CREATE TRIGGER guard_named BEFORE UPDATE OF contact_id ON crm.note FOR EACH ROW WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.guard_named();
CREATE TRIGGER guard_named BEFORE INSERT OR UPDATE OF contact_id ON crm.notification FOR EACH ROW WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.guard_named();
CREATE TRIGGER guard_named BEFORE INSERT ON crm.record FOR EACH ROW WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.guard_named();
CREATE TRIGGER guard_named BEFORE UPDATE OF contact_id ON crm.task FOR EACH ROW WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.guard_named();
CREATE TRIGGER guard_named BEFORE INSERT OR UPDATE OF contact_id, record_id ON crm.ticket FOR EACH ROW WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.guard_named();
CREATE TRIGGER guard_news BEFORE INSERT ON crm.notification FOR EACH ROW WHEN ((CURRENT_USER <> 'crm_daemon'::name)) EXECUTE FUNCTION crm.guard_news();
CREATE TRIGGER guard_outbox BEFORE INSERT ON crm.outbox FOR EACH ROW EXECUTE FUNCTION crm.guard_outbox();
CREATE TRIGGER guard_shared BEFORE INSERT OR UPDATE OF shared ON crm.contact_address FOR EACH ROW WHEN (((CURRENT_USER <> 'crm_daemon'::name) AND new.shared)) EXECUTE FUNCTION crm.guard_shared();
CREATE TRIGGER hand_on_block AFTER UPDATE OF merged_into ON crm.contact FOR EACH ROW WHEN ((new.merged_into IS NOT NULL)) EXECUTE FUNCTION crm.hand_on_block_of_contact();
CREATE TRIGGER hold_content AFTER INSERT ON crm.attachment REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.hold_content();
CREATE TRIGGER keep_block BEFORE DELETE ON crm.contact FOR EACH ROW EXECUTE FUNCTION crm.keep_block_of_contact();
CREATE TRIGGER keep_converted BEFORE DELETE OR UPDATE ON crm.link FOR EACH ROW WHEN ((old.record_id IS NOT NULL)) EXECUTE FUNCTION crm.keep_converted_link();
CREATE TRIGGER keep_erased BEFORE UPDATE ON crm.contact FOR EACH ROW WHEN ((old.erased_at IS NOT NULL)) EXECUTE FUNCTION crm.keep_erased();
CREATE TRIGGER late_of_erased AFTER INSERT ON crm.intake FOR EACH ROW WHEN (((new.cause = 'erased-party'::text) AND (new.mail_id IS NOT NULL))) EXECUTE FUNCTION crm.late_of_erased();
CREATE TRIGGER link_converted AFTER UPDATE ON crm.record FOR EACH ROW WHEN (((old.converted_at IS NULL) AND (new.converted_at IS NOT NULL))) EXECUTE FUNCTION crm.link_converted();
CREATE TRIGGER origin_keep_built_in BEFORE DELETE ON crm.origin FOR EACH ROW WHEN (old.built_in) EXECUTE FUNCTION crm.origin_keep_built_in();
CREATE TRIGGER record_times BEFORE UPDATE ON crm.record FOR EACH ROW EXECUTE FUNCTION crm.record_times();
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE ON crm.attachment FOR EACH ROW EXECUTE FUNCTION crm.refuse_change('mail_id');
ALTER TABLE crm.attachment ENABLE ALWAYS TRIGGER refuse_change;
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE ON crm.attachment_content FOR EACH ROW EXECUTE FUNCTION crm.refuse_change('sha256');
ALTER TABLE crm.attachment_content ENABLE ALWAYS TRIGGER refuse_change;
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE ON crm.mail FOR EACH ROW EXECUTE FUNCTION crm.refuse_change('id');
ALTER TABLE crm.mail ENABLE ALWAYS TRIGGER refuse_change;
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE ON crm.mail_raw FOR EACH ROW EXECUTE FUNCTION crm.refuse_change('mail_id');
ALTER TABLE crm.mail_raw ENABLE ALWAYS TRIGGER refuse_change;
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE ON crm.party FOR EACH ROW EXECUTE FUNCTION crm.refuse_change('mail_id');
ALTER TABLE crm.party ENABLE ALWAYS TRIGGER refuse_change;
CREATE TRIGGER refuse_erased BEFORE INSERT ON crm.activity FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.refuse_erased();
CREATE TRIGGER refuse_erased BEFORE INSERT ON crm.block FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.refuse_erased();
CREATE TRIGGER refuse_erased BEFORE INSERT ON crm.consent FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.refuse_erased();
CREATE TRIGGER refuse_erased BEFORE INSERT ON crm.contact_address FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.refuse_erased();
CREATE TRIGGER refuse_erased BEFORE INSERT ON crm.contact_phone FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.refuse_erased();
CREATE TRIGGER refuse_erased BEFORE INSERT ON crm.link FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.refuse_erased();
CREATE TRIGGER refuse_erased BEFORE INSERT ON crm.note FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.refuse_erased();
CREATE TRIGGER refuse_erased BEFORE INSERT ON crm.notification FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.refuse_erased();
CREATE TRIGGER refuse_erased BEFORE INSERT ON crm.outbox FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.refuse_erased();
CREATE TRIGGER refuse_erased BEFORE INSERT ON crm.record_party FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.refuse_erased();
CREATE TRIGGER refuse_erased BEFORE INSERT ON crm.task FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.refuse_erased();
CREATE TRIGGER refuse_erased BEFORE INSERT ON crm.ticket FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.refuse_erased();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON crm.attachment FOR EACH STATEMENT EXECUTE FUNCTION crm.refuse_change();
ALTER TABLE crm.attachment ENABLE ALWAYS TRIGGER refuse_truncate;
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON crm.attachment_content FOR EACH STATEMENT EXECUTE FUNCTION crm.refuse_change();
ALTER TABLE crm.attachment_content ENABLE ALWAYS TRIGGER refuse_truncate;
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON crm.mail FOR EACH STATEMENT EXECUTE FUNCTION crm.refuse_change();
ALTER TABLE crm.mail ENABLE ALWAYS TRIGGER refuse_truncate;
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON crm.mail_raw FOR EACH STATEMENT EXECUTE FUNCTION crm.refuse_change();
ALTER TABLE crm.mail_raw ENABLE ALWAYS TRIGGER refuse_truncate;
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON crm.party FOR EACH STATEMENT EXECUTE FUNCTION crm.refuse_change();
ALTER TABLE crm.party ENABLE ALWAYS TRIGGER refuse_truncate;
CREATE TRIGGER search AFTER INSERT ON crm.intake REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.queue_search();
CREATE TRIGGER series_only_grows BEFORE UPDATE ON crm.series FOR EACH ROW WHEN ((new.last < old.last)) EXECUTE FUNCTION crm.series_only_grows();
CREATE TRIGGER switch_on BEFORE UPDATE ON crm.address_state FOR EACH ROW WHEN (((old.off_at IS NOT NULL) AND (new.off_at IS NULL))) EXECUTE FUNCTION crm.switch_on();
CREATE TRIGGER tell_added AFTER INSERT ON crm.contact_address REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_added_address();
CREATE TRIGGER tell_block_added AFTER INSERT ON crm.block REFERENCING NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block();
CREATE TRIGGER tell_block_changed AFTER UPDATE ON crm.block REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block();
CREATE TRIGGER tell_block_delete AFTER DELETE ON crm.contact_address REFERENCING OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block_of_contact();
CREATE TRIGGER tell_block_gone AFTER DELETE OR TRUNCATE ON crm.block FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_block');
CREATE TRIGGER tell_block_insert AFTER INSERT ON crm.contact_address REFERENCING NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block_of_contact();
CREATE TRIGGER tell_block_update AFTER UPDATE ON crm.contact_address REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block_of_contact();
CREATE TRIGGER tell_changed AFTER UPDATE ON crm.contact_address REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_added_address();
CREATE TRIGGER tell_code AFTER DELETE OR UPDATE OF code OR TRUNCATE ON crm.record FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_code');
CREATE TRIGGER tell_code AFTER DELETE OR UPDATE OF code OR TRUNCATE ON crm.ticket FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_code');
CREATE TRIGGER tell_code_added AFTER INSERT ON crm.record REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_added_code();
CREATE TRIGGER tell_code_added AFTER INSERT ON crm.ticket REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_added_code();
CREATE TRIGGER tell_notification AFTER INSERT ON crm.notification FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_notification();
CREATE TRIGGER tell_off_added AFTER INSERT ON crm.address_state FOR EACH ROW WHEN ((new.off_at IS NOT NULL)) EXECUTE FUNCTION crm.tell('crm_address_off');
CREATE TRIGGER tell_off_changed AFTER UPDATE ON crm.address_state FOR EACH ROW WHEN ((((old.off_at IS NULL) <> (new.off_at IS NULL)) OR (old.digest <> new.digest))) EXECUTE FUNCTION crm.tell('crm_address_off');
CREATE TRIGGER tell_off_gone AFTER DELETE OR TRUNCATE ON crm.address_state FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_address_off');
CREATE TRIGGER tell_outbox_added AFTER INSERT ON crm.outbox FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_outbox();
CREATE TRIGGER tell_outbox_changed AFTER UPDATE OF state, next_at ON crm.outbox FOR EACH STATEMENT WHEN (((NOT pg_has_role(CURRENT_USER, 'crm_daemon'::name, 'USAGE'::text)) OR pg_has_role(CURRENT_USER, 'crm_desk'::name, 'USAGE'::text))) EXECUTE FUNCTION crm.tell_outbox();
CREATE TRIGGER tell_users AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON crm.user_address FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_users');
CREATE TRIGGER tell_users AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON crm.user_certificate FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_users');
CREATE TRIGGER tell_users AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON crm.user_client_address FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_users');
CREATE TRIGGER tell_users AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON crm.user_sasl_login FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_users');
CREATE TRIGGER tell_users AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON crm.users FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_users');
CREATE TRIGGER ticket_times BEFORE UPDATE ON crm.ticket FOR EACH ROW EXECUTE FUNCTION crm.ticket_times();
CREATE TRIGGER user_login_stays BEFORE UPDATE OF login ON crm.users FOR EACH ROW WHEN ((new.login <> old.login)) EXECUTE FUNCTION crm.user_login_stays();
CREATE TRIGGER user_role BEFORE INSERT OR UPDATE OF pg_role, role, deactivated_at ON crm.users FOR EACH ROW EXECUTE FUNCTION crm.user_role();
CREATE TRIGGER when_sent BEFORE INSERT OR UPDATE OF mail_id, sent_at ON crm.link FOR EACH ROW WHEN (((new.sent_at IS NULL) OR (CURRENT_USER <> 'crm_daemon'::name))) EXECUTE FUNCTION crm.when_sent();
CREATE TRIGGER when_sent BEFORE INSERT OR UPDATE OF mail_id, sent_at ON crm.mail_handling FOR EACH ROW EXECUTE FUNCTION crm.when_sent();
ALTER TABLE ONLY crm.activity
    ADD CONSTRAINT activity_completed_by_fkey FOREIGN KEY (completed_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.activity
    ADD CONSTRAINT activity_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES crm.contact(id);
ALTER TABLE ONLY crm.activity
    ADD CONSTRAINT activity_created_by_fkey FOREIGN KEY (created_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.activity
    ADD CONSTRAINT activity_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.activity
    ADD CONSTRAINT activity_record_id_fkey FOREIGN KEY (record_id) REFERENCES crm.record(id);
ALTER TABLE ONLY crm.activity
    ADD CONSTRAINT activity_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES crm.ticket(id);
ALTER TABLE ONLY crm.address_state
    ADD CONSTRAINT address_state_off_by_fkey FOREIGN KEY (off_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.address_state
    ADD CONSTRAINT address_state_reactivated_by_fkey FOREIGN KEY (reactivated_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.block
    ADD CONSTRAINT block_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES crm.contact(id);
ALTER TABLE ONLY crm.consent
    ADD CONSTRAINT consent_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES crm.contact(id);
ALTER TABLE ONLY crm.consent
    ADD CONSTRAINT consent_recorded_by_fkey FOREIGN KEY (recorded_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.contact_address
    ADD CONSTRAINT contact_address_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES crm.contact(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm.contact
    ADD CONSTRAINT contact_created_by_fkey FOREIGN KEY (created_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.contact_merge
    ADD CONSTRAINT contact_merge_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES crm.contact(id);
ALTER TABLE ONLY crm.contact_merge
    ADD CONSTRAINT contact_merge_into_id_fkey FOREIGN KEY (into_id) REFERENCES crm.contact(id);
ALTER TABLE ONLY crm.contact_merge
    ADD CONSTRAINT contact_merge_merged_by_fkey FOREIGN KEY (merged_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.contact
    ADD CONSTRAINT contact_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES crm.contact(id);
ALTER TABLE ONLY crm.contact
    ADD CONSTRAINT contact_office_id_fkey FOREIGN KEY (office_id) REFERENCES crm.office(id);
ALTER TABLE ONLY crm.contact
    ADD CONSTRAINT contact_origin_fkey FOREIGN KEY (origin) REFERENCES crm.origin(key);
ALTER TABLE ONLY crm.contact
    ADD CONSTRAINT contact_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.contact_phone
    ADD CONSTRAINT contact_phone_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES crm.contact(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm.contact_relation
    ADD CONSTRAINT contact_relation_company_id_fkey FOREIGN KEY (company_id) REFERENCES crm.contact(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm.contact_relation
    ADD CONSTRAINT contact_relation_person_id_fkey FOREIGN KEY (person_id) REFERENCES crm.contact(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm.contact
    ADD CONSTRAINT contact_stage_id_fkey FOREIGN KEY (stage_id) REFERENCES crm.stage(id);
ALTER TABLE ONLY crm.contact
    ADD CONSTRAINT contact_stage_of_type FOREIGN KEY (stage_id, type) REFERENCES crm.stage(id, contact_type);
ALTER TABLE ONLY crm.contact
    ADD CONSTRAINT contact_type_fkey FOREIGN KEY (type) REFERENCES crm.contact_type(key);
ALTER TABLE ONLY crm.erasure_pending
    ADD CONSTRAINT erasure_pending_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES crm.contact(id);
ALTER TABLE ONLY crm.erasure_pending
    ADD CONSTRAINT erasure_pending_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.intake
    ADD CONSTRAINT intake_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.intake
    ADD CONSTRAINT intake_resolved_by_fkey FOREIGN KEY (resolved_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.intake
    ADD CONSTRAINT intake_user_id_fkey FOREIGN KEY (user_id) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.link
    ADD CONSTRAINT link_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES crm.contact(id);
ALTER TABLE ONLY crm.link
    ADD CONSTRAINT link_linked_by_fkey FOREIGN KEY (linked_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.link
    ADD CONSTRAINT link_record_id_fkey FOREIGN KEY (record_id) REFERENCES crm.record(id);
ALTER TABLE ONLY crm.link
    ADD CONSTRAINT link_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES crm.ticket(id);
ALTER TABLE ONLY crm.mail_handling
    ADD CONSTRAINT mail_handling_locked_by_fkey FOREIGN KEY (locked_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.mail_handling
    ADD CONSTRAINT mail_handling_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.note
    ADD CONSTRAINT note_author_id_fkey FOREIGN KEY (author_id) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.note
    ADD CONSTRAINT note_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES crm.contact(id);
ALTER TABLE ONLY crm.note
    ADD CONSTRAINT note_record_id_fkey FOREIGN KEY (record_id) REFERENCES crm.record(id);
ALTER TABLE ONLY crm.note
    ADD CONSTRAINT note_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES crm.ticket(id);
ALTER TABLE ONLY crm.note_version
    ADD CONSTRAINT note_version_note_id_fkey FOREIGN KEY (note_id) REFERENCES crm.note(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm.note_version
    ADD CONSTRAINT note_version_replaced_by_fkey FOREIGN KEY (replaced_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.notification
    ADD CONSTRAINT notification_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES crm.contact(id);
ALTER TABLE ONLY crm.notification
    ADD CONSTRAINT notification_record_id_fkey FOREIGN KEY (record_id) REFERENCES crm.record(id);
ALTER TABLE ONLY crm.notification
    ADD CONSTRAINT notification_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES crm.ticket(id);
ALTER TABLE ONLY crm.notification
    ADD CONSTRAINT notification_user_id_fkey FOREIGN KEY (user_id) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.office
    ADD CONSTRAINT office_coordinator_id_fkey FOREIGN KEY (coordinator_id) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.outbox
    ADD CONSTRAINT outbox_author_id_fkey FOREIGN KEY (author_id) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.outbox
    ADD CONSTRAINT outbox_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES crm.ticket_comment(id);
ALTER TABLE ONLY crm.outbox
    ADD CONSTRAINT outbox_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES crm.contact(id);
ALTER TABLE ONLY crm.outbox
    ADD CONSTRAINT outbox_notification_id_fkey FOREIGN KEY (notification_id) REFERENCES crm.notification(id);
ALTER TABLE ONLY crm.outbox
    ADD CONSTRAINT outbox_record_id_fkey FOREIGN KEY (record_id) REFERENCES crm.record(id);
ALTER TABLE ONLY crm.outbox
    ADD CONSTRAINT outbox_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES crm.ticket(id);
ALTER TABLE ONLY crm.record
    ADD CONSTRAINT record_created_by_fkey FOREIGN KEY (created_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.record
    ADD CONSTRAINT record_office_id_fkey FOREIGN KEY (office_id) REFERENCES crm.office(id);
ALTER TABLE ONLY crm.record
    ADD CONSTRAINT record_origin_fkey FOREIGN KEY (origin) REFERENCES crm.origin(key);
ALTER TABLE ONLY crm.record
    ADD CONSTRAINT record_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.record
    ADD CONSTRAINT record_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES crm.record(id);
ALTER TABLE ONLY crm.record_party
    ADD CONSTRAINT record_party_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES crm.contact(id);
ALTER TABLE ONLY crm.record_party
    ADD CONSTRAINT record_party_record_id_fkey FOREIGN KEY (record_id) REFERENCES crm.record(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm.record
    ADD CONSTRAINT record_stage_id_fkey FOREIGN KEY (stage_id) REFERENCES crm.stage(id);
ALTER TABLE ONLY crm.scope
    ADD CONSTRAINT scope_author_id_fkey FOREIGN KEY (author_id) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.scope_holder
    ADD CONSTRAINT scope_holder_scope_id_fkey FOREIGN KEY (scope_id) REFERENCES crm.scope(id);
ALTER TABLE ONLY crm.stage
    ADD CONSTRAINT stage_contact_type_fkey FOREIGN KEY (contact_type) REFERENCES crm.contact_type(key);
ALTER TABLE ONLY crm.task
    ADD CONSTRAINT task_assigned_to_fkey FOREIGN KEY (assigned_to) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.task
    ADD CONSTRAINT task_completed_by_fkey FOREIGN KEY (completed_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.task
    ADD CONSTRAINT task_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES crm.contact(id);
ALTER TABLE ONLY crm.task
    ADD CONSTRAINT task_created_by_fkey FOREIGN KEY (created_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.task
    ADD CONSTRAINT task_record_id_fkey FOREIGN KEY (record_id) REFERENCES crm.record(id);
ALTER TABLE ONLY crm.task
    ADD CONSTRAINT task_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES crm.ticket(id);
ALTER TABLE ONLY crm.team_member
    ADD CONSTRAINT team_member_team_id_fkey FOREIGN KEY (team_id) REFERENCES crm.team(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm.team_member
    ADD CONSTRAINT team_member_user_id_fkey FOREIGN KEY (user_id) REFERENCES crm.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm.ticket_comment
    ADD CONSTRAINT ticket_comment_author_id_fkey FOREIGN KEY (author_id) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.ticket_comment
    ADD CONSTRAINT ticket_comment_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES crm.ticket(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm.ticket
    ADD CONSTRAINT ticket_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES crm.contact(id);
ALTER TABLE ONLY crm.ticket
    ADD CONSTRAINT ticket_created_by_fkey FOREIGN KEY (created_by) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.ticket
    ADD CONSTRAINT ticket_follows_id_fkey FOREIGN KEY (follows_id) REFERENCES crm.ticket(id);
ALTER TABLE ONLY crm.ticket
    ADD CONSTRAINT ticket_office_id_fkey FOREIGN KEY (office_id) REFERENCES crm.office(id);
ALTER TABLE ONLY crm.ticket
    ADD CONSTRAINT ticket_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.ticket
    ADD CONSTRAINT ticket_record_id_fkey FOREIGN KEY (record_id) REFERENCES crm.record(id);
ALTER TABLE ONLY crm.upload
    ADD CONSTRAINT upload_user_id_fkey FOREIGN KEY (user_id) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.user_address
    ADD CONSTRAINT user_address_user_id_fkey FOREIGN KEY (user_id) REFERENCES crm.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm.user_certificate
    ADD CONSTRAINT user_certificate_user_id_fkey FOREIGN KEY (user_id) REFERENCES crm.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm.user_client_address
    ADD CONSTRAINT user_client_address_user_id_fkey FOREIGN KEY (user_id) REFERENCES crm.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm.user_sasl_login
    ADD CONSTRAINT user_sasl_login_user_id_fkey FOREIGN KEY (user_id) REFERENCES crm.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm.users
    ADD CONSTRAINT users_office_id_fkey FOREIGN KEY (office_id) REFERENCES crm.office(id);
ALTER TABLE crm.activity ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.address_state ENABLE ROW LEVEL SECURITY;
CREATE POLICY administrator ON crm.activity TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.address_state TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.attachment TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.attachment_content TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.audit TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.block TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.consent TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.contact TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.contact_address TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.contact_merge TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.contact_phone TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.contact_relation TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.contact_type TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.erasure_pending FOR SELECT TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.intake TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.link TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.mail TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.mail_access TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.mail_handling TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.mail_raw TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.note TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.office TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.origin TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.outbox TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.party TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.record TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.record_party TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.stage TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.task TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.team TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.team_member TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.ticket TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.ticket_comment TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.user_address TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.user_certificate TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.user_client_address TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.user_sasl_login TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY administrator ON crm.users TO crm_administrator USING (( SELECT crm.sees_all() AS sees_all));
CREATE POLICY agent ON crm.contact TO crm_agent USING ((owner_id = ( SELECT crm.me() AS me)));
CREATE POLICY agent ON crm.record TO crm_agent USING ((owner_id = ( SELECT crm.me() AS me)));
CREATE POLICY agent ON crm.ticket TO crm_agent USING ((owner_id = ( SELECT crm.me() AS me)));
ALTER TABLE crm.attachment ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.attachment_content ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY author ON crm.note FOR INSERT TO crm_coordinator, crm_agent WITH CHECK (((author_id = ( SELECT crm.me() AS me)) AND crm.sees(contact_id, record_id, ticket_id, mail_id)));
CREATE POLICY author ON crm.ticket_comment FOR INSERT TO crm_coordinator, crm_agent WITH CHECK (((author_id = ( SELECT crm.me() AS me)) AND (EXISTS ( SELECT
   FROM crm.ticket t
  WHERE (t.id = ticket_comment.ticket_id))) AND crm.sees(NULL::uuid, NULL::uuid, NULL::uuid, mail_id)));
CREATE POLICY author_changes ON crm.note FOR UPDATE TO crm_agent USING ((author_id = ( SELECT crm.me() AS me)));
CREATE POLICY author_changes ON crm.outbox FOR UPDATE TO crm_coordinator, crm_agent USING ((author_id = ( SELECT crm.me() AS me)));
CREATE POLICY author_changes ON crm.ticket_comment FOR UPDATE TO crm_coordinator, crm_agent USING ((author_id = ( SELECT crm.me() AS me)));
ALTER TABLE crm.block ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.consent ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.contact ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.contact_address ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.contact_merge ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.contact_phone ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.contact_relation ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.contact_type ENABLE ROW LEVEL SECURITY;
CREATE POLICY coordinator ON crm.block FOR SELECT TO crm_coordinator USING ((( SELECT crm.me() AS me) IS NOT NULL));
CREATE POLICY coordinator ON crm.contact TO crm_coordinator USING (((owner_id = ANY (( SELECT crm.people_of(crm.me()) AS people_of)::uuid[])) OR (office_id = ANY (( SELECT crm.offices_of(crm.me()) AS offices_of)::uuid[]))));
CREATE POLICY coordinator ON crm.record TO crm_coordinator USING (((owner_id = ANY (( SELECT crm.people_of(crm.me()) AS people_of)::uuid[])) OR (office_id = ANY (( SELECT crm.offices_of(crm.me()) AS offices_of)::uuid[]))));
CREATE POLICY coordinator ON crm.ticket TO crm_coordinator USING (((owner_id = ANY (( SELECT crm.people_of(crm.me()) AS people_of)::uuid[])) OR (office_id = ANY (( SELECT crm.offices_of(crm.me()) AS offices_of)::uuid[]))));
CREATE POLICY coordinator_changes ON crm.block FOR UPDATE TO crm_coordinator USING ((( SELECT crm.me() AS me) IS NOT NULL));
CREATE POLICY coordinator_changes ON crm.note FOR UPDATE TO crm_coordinator USING (crm.sees(contact_id, record_id, ticket_id, mail_id));
CREATE POLICY daemon ON crm.outbox_domain TO crm_daemon USING (true) WITH CHECK (true);
ALTER TABLE crm.erasure_pending ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON crm.contact_type FOR SELECT TO crm_user USING (true);
CREATE POLICY everybody ON crm.office FOR SELECT TO crm_user USING (true);
CREATE POLICY everybody ON crm.origin FOR SELECT TO crm_user USING (true);
CREATE POLICY everybody ON crm.stage FOR SELECT TO crm_user USING (true);
CREATE POLICY everybody ON crm.team FOR SELECT TO crm_user USING (true);
CREATE POLICY everybody ON crm.team_member FOR SELECT TO crm_user USING (true);
CREATE POLICY everybody ON crm.user_address FOR SELECT TO crm_user USING (true);
CREATE POLICY everybody ON crm.users FOR SELECT TO crm_user USING (true);
CREATE POLICY for_colleagues ON crm.notification FOR INSERT TO crm_user WITH CHECK ((( SELECT crm.me() AS me) IS NOT NULL));
CREATE POLICY inbox ON crm.intake TO crm_coordinator, crm_agent USING (((user_id = ( SELECT crm.me() AS me)) OR ((( SELECT u.inbox_permission
   FROM crm.users u
  WHERE (u.id = ( SELECT crm.me() AS me))) OR (inbox = ANY (( SELECT ARRAY( SELECT i.key
           FROM (crm.inbox i
             JOIN crm.office o ON ((lower(o.name) = lower(i.office))))
          WHERE (o.id = ANY (crm.offices_of(crm.me())))) AS "array")::text[]))) AND ((mail_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.mail_access a
  WHERE (a.mail_id = intake.mail_id)
 OFFSET 0))))));
ALTER TABLE crm.intake ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.link ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.mail ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.mail_access ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.mail_handling ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.mail_raw ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.note ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.note_version ENABLE ROW LEVEL SECURITY;
CREATE POLICY note_version_of_note ON crm.note_version USING ((EXISTS ( SELECT
   FROM crm.note n
  WHERE (n.id = note_version.note_id)
 OFFSET 0)));
ALTER TABLE crm.notification ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.office ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.origin ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.outbox_domain ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON crm.activity FOR SELECT TO crm_coordinator, crm_agent USING (((owner_id = ( SELECT crm.me() AS me)) OR (created_by = ( SELECT crm.me() AS me)) OR (owner_id = ANY (( SELECT crm.people_of(crm.me()) AS people_of)::uuid[])) OR ((num_nonnulls(contact_id, record_id, ticket_id) > 0) AND ((contact_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.contact c
  WHERE (c.id = activity.contact_id)
 OFFSET 0))) AND ((record_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.record r
  WHERE (r.id = activity.record_id)
 OFFSET 0))) AND ((ticket_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.ticket t
  WHERE (t.id = activity.ticket_id)
 OFFSET 0))) AND ((mail_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.mail_access a
  WHERE (a.mail_id = activity.mail_id)
 OFFSET 0))))));
CREATE POLICY own ON crm.block FOR SELECT TO crm_agent USING (((lower(created_by) = ( SELECT lower(u.login) AS lower
   FROM crm.users u
  WHERE (u.id = ( SELECT crm.me() AS me)))) OR (EXISTS ( SELECT
   FROM crm.contact c
  WHERE (c.id = block.contact_id)
 OFFSET 0))));
CREATE POLICY own ON crm.notification TO crm_user USING ((user_id = ( SELECT crm.me() AS me)));
CREATE POLICY own ON crm.task FOR SELECT TO crm_coordinator, crm_agent USING (((assigned_to = ( SELECT crm.me() AS me)) OR (created_by = ( SELECT crm.me() AS me)) OR (assigned_to = ANY (( SELECT crm.people_of(crm.me()) AS people_of)::uuid[])) OR ((num_nonnulls(contact_id, record_id, ticket_id) > 0) AND ((contact_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.contact c
  WHERE (c.id = task.contact_id)
 OFFSET 0))) AND ((record_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.record r
  WHERE (r.id = task.record_id)
 OFFSET 0))) AND ((ticket_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.ticket t
  WHERE (t.id = task.ticket_id)
 OFFSET 0))))));
CREATE POLICY own ON crm.upload FOR SELECT TO crm_user USING ((user_id = ( SELECT crm.me() AS me)));
CREATE POLICY own_changes ON crm.activity FOR UPDATE TO crm_coordinator, crm_agent USING (((owner_id = ( SELECT crm.me() AS me)) OR (created_by = ( SELECT crm.me() AS me)) OR (owner_id = ANY (( SELECT crm.people_of(crm.me()) AS people_of)::uuid[])) OR ((num_nonnulls(contact_id, record_id, ticket_id) > 0) AND ((contact_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.contact c
  WHERE (c.id = activity.contact_id)
 OFFSET 0))) AND ((record_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.record r
  WHERE (r.id = activity.record_id)
 OFFSET 0))) AND ((ticket_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.ticket t
  WHERE (t.id = activity.ticket_id)
 OFFSET 0))) AND ((mail_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.mail_access a
  WHERE (a.mail_id = activity.mail_id)
 OFFSET 0))))));
CREATE POLICY own_changes ON crm.block FOR UPDATE TO crm_agent USING ((lower(created_by) = ( SELECT lower(u.login) AS lower
   FROM crm.users u
  WHERE (u.id = ( SELECT crm.me() AS me)))));
CREATE POLICY own_changes ON crm.task FOR UPDATE TO crm_coordinator, crm_agent USING (((assigned_to = ( SELECT crm.me() AS me)) OR (created_by = ( SELECT crm.me() AS me)) OR (assigned_to = ANY (( SELECT crm.people_of(crm.me()) AS people_of)::uuid[])) OR ((num_nonnulls(contact_id, record_id, ticket_id) > 0) AND ((contact_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.contact c
  WHERE (c.id = task.contact_id)
 OFFSET 0))) AND ((record_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.record r
  WHERE (r.id = task.record_id)
 OFFSET 0))) AND ((ticket_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.ticket t
  WHERE (t.id = task.ticket_id)
 OFFSET 0))))));
CREATE POLICY own_made ON crm.activity FOR INSERT TO crm_coordinator, crm_agent WITH CHECK (((created_by = ( SELECT crm.me() AS me)) AND crm.sees(contact_id, record_id, ticket_id, mail_id)));
CREATE POLICY own_made ON crm.block FOR INSERT TO crm_coordinator, crm_agent WITH CHECK (((lower(created_by) = ( SELECT lower(u.login) AS lower
   FROM crm.users u
  WHERE (u.id = ( SELECT crm.me() AS me)))) AND crm.sees(contact_id, NULL::uuid, NULL::uuid, NULL::uuid)));
CREATE POLICY own_made ON crm.outbox FOR INSERT TO crm_coordinator, crm_agent WITH CHECK (((kind = ANY (ARRAY['comment'::text, 'letter'::text])) AND (author_id = ( SELECT crm.me() AS me)) AND (contact_id IS NOT NULL) AND crm.sees(contact_id, record_id, ticket_id, in_reply_to) AND (EXISTS ( SELECT
   FROM crm.contact_address a
  WHERE ((a.contact_id = outbox.contact_id) AND (a.digest = crm.digest(outbox.rcpt_to)))))));
CREATE POLICY own_made ON crm.task FOR INSERT TO crm_coordinator, crm_agent WITH CHECK (((created_by = ( SELECT crm.me() AS me)) AND crm.sees(contact_id, record_id, ticket_id, NULL::uuid)));
ALTER TABLE crm.party ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.record ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.record_party ENABLE ROW LEVEL SECURITY;
CREATE POLICY service ON crm.activity TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.address_state TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.attachment TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.attachment_content TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.audit TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.block TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.consent TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.contact TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.contact_address TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.contact_merge TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.contact_phone TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.contact_relation TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.contact_type TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.intake TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.link TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.mail TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.mail_access TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.mail_handling TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.mail_raw TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.note TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.notification TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.office TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.origin TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.outbox TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.party TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.record TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.record_party TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.stage TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.task TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.team TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.team_member TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.ticket TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.ticket_comment TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.user_address TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.user_certificate TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.user_client_address TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.user_sasl_login TO crm_daemon, crm_desk USING (true);
CREATE POLICY service ON crm.users TO crm_daemon, crm_desk USING (true);
ALTER TABLE crm.stage ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.task ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.team ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.team_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.ticket ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.ticket_comment ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.upload ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.user_address ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.user_certificate ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.user_client_address ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.user_sasl_login ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.users ENABLE ROW LEVEL SECURITY;
CREATE POLICY with_attachment ON crm.attachment_content FOR SELECT TO crm_coordinator, crm_agent USING ((EXISTS ( SELECT
   FROM crm.attachment a
  WHERE (a.sha256 = attachment_content.sha256)
 OFFSET 0)));
CREATE POLICY with_card ON crm.address_state TO crm_coordinator, crm_agent USING (((EXISTS ( SELECT
   FROM crm.contact_address a
  WHERE ((a.digest = address_state.digest) AND (NOT a.shared))
 OFFSET 0)) OR (EXISTS ( SELECT
   FROM crm.contact_address a
  WHERE ((a.digest = address_state.digest) AND a.shared)
 OFFSET 0))));
CREATE POLICY with_card ON crm.consent TO crm_coordinator, crm_agent USING ((EXISTS ( SELECT
   FROM crm.contact c
  WHERE (c.id = consent.contact_id)
 OFFSET 0)));
CREATE POLICY with_card ON crm.contact_address TO crm_coordinator, crm_agent USING ((EXISTS ( SELECT
   FROM crm.contact c
  WHERE (c.id = contact_address.contact_id)
 OFFSET 0)));
CREATE POLICY with_card ON crm.contact_merge TO crm_coordinator, crm_agent USING (((EXISTS ( SELECT
   FROM crm.contact c
  WHERE (c.id = contact_merge.contact_id)
 OFFSET 0)) AND (EXISTS ( SELECT
   FROM crm.contact c
  WHERE (c.id = contact_merge.into_id)
 OFFSET 0))));
CREATE POLICY with_card ON crm.contact_phone TO crm_coordinator, crm_agent USING ((EXISTS ( SELECT
   FROM crm.contact c
  WHERE (c.id = contact_phone.contact_id)
 OFFSET 0)));
CREATE POLICY with_card ON crm.contact_relation TO crm_coordinator, crm_agent USING (((EXISTS ( SELECT
   FROM crm.contact c
  WHERE (c.id = contact_relation.person_id)
 OFFSET 0)) AND (EXISTS ( SELECT
   FROM crm.contact c
  WHERE (c.id = contact_relation.company_id)
 OFFSET 0))));
CREATE POLICY with_card ON crm.note FOR SELECT TO crm_coordinator, crm_agent USING (crm.sees(contact_id, record_id, ticket_id, mail_id));
CREATE POLICY with_card ON crm.outbox FOR SELECT TO crm_coordinator, crm_agent USING (((author_id = ( SELECT crm.me() AS me)) OR ((num_nonnulls(contact_id, record_id, ticket_id) > 0) AND ((contact_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.contact c
  WHERE (c.id = outbox.contact_id)
 OFFSET 0))) AND ((record_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.record r
  WHERE (r.id = outbox.record_id)
 OFFSET 0))) AND ((ticket_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.ticket t
  WHERE (t.id = outbox.ticket_id)
 OFFSET 0))) AND ((in_reply_to IS NULL) OR (EXISTS ( SELECT
   FROM crm.mail_access a
  WHERE (a.mail_id = outbox.in_reply_to)
 OFFSET 0))))));
CREATE POLICY with_card ON crm.record_party TO crm_coordinator, crm_agent USING ((EXISTS ( SELECT
   FROM crm.record r
  WHERE (r.id = record_party.record_id)
 OFFSET 0))) WITH CHECK (((EXISTS ( SELECT
   FROM crm.record r
  WHERE (r.id = record_party.record_id)
 OFFSET 0)) AND (EXISTS ( SELECT
   FROM crm.contact c
  WHERE (c.id = record_party.contact_id)
 OFFSET 0))));
CREATE POLICY with_card ON crm.ticket_comment FOR SELECT TO crm_coordinator, crm_agent USING ((EXISTS ( SELECT
   FROM crm.ticket t
  WHERE (t.id = ticket_comment.ticket_id)
 OFFSET 0)));
CREATE POLICY with_mail ON crm.attachment FOR SELECT TO crm_coordinator, crm_agent USING ((EXISTS ( SELECT
   FROM crm.mail_access a
  WHERE (a.mail_id = attachment.mail_id)
 OFFSET 0)));
CREATE POLICY with_mail ON crm.mail_handling TO crm_coordinator, crm_agent USING ((EXISTS ( SELECT
   FROM crm.mail_access a
  WHERE (a.mail_id = mail_handling.mail_id)
 OFFSET 0)));
CREATE POLICY with_mail ON crm.mail_raw FOR SELECT TO crm_coordinator, crm_agent USING ((EXISTS ( SELECT
   FROM crm.mail_access a
  WHERE (a.mail_id = mail_raw.mail_id)
 OFFSET 0)));
CREATE POLICY with_mail ON crm.party FOR SELECT TO crm_coordinator, crm_agent USING ((EXISTS ( SELECT
   FROM crm.mail_access a
  WHERE (a.mail_id = party.mail_id)
 OFFSET 0)));
CREATE POLICY with_mail_and_card ON crm.link TO crm_coordinator, crm_agent USING (((EXISTS ( SELECT
   FROM crm.mail_access a
  WHERE (a.mail_id = link.mail_id)
 OFFSET 0)) AND ((contact_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.contact c
  WHERE (c.id = link.contact_id)
 OFFSET 0))) AND ((record_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.record r
  WHERE (r.id = link.record_id)
 OFFSET 0))) AND ((ticket_id IS NULL) OR (EXISTS ( SELECT
   FROM crm.ticket t
  WHERE (t.id = link.ticket_id)
 OFFSET 0)))));
CREATE POLICY with_scope ON crm.mail FOR SELECT TO crm_coordinator, crm_agent USING ((EXISTS ( SELECT
   FROM crm.mail_access a
  WHERE (a.mail_id = mail.id)
 OFFSET 0)));
CREATE POLICY with_scope ON crm.mail_access FOR SELECT TO crm_coordinator, crm_agent USING ((scope_id = ANY (( SELECT crm.scopes_of(CURRENT_USER) AS scopes_of)::bigint[])));
GRANT USAGE ON SCHEMA crm TO crm_daemon;
GRANT USAGE ON SCHEMA crm TO crm_desk;
GRANT USAGE ON SCHEMA crm TO crm_user;
REVOKE ALL ON FUNCTION crm.access_by_card() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.access_by_intake() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.access_by_link() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.acting_administrator() FROM PUBLIC;
GRANT ALL ON FUNCTION crm.acting_administrator() TO crm_administrator;
REVOKE ALL ON FUNCTION crm.active_users() FROM PUBLIC;
GRANT ALL ON FUNCTION crm.active_users() TO crm_daemon;
GRANT ALL ON FUNCTION crm.active_users() TO crm_desk;
GRANT ALL ON FUNCTION crm.active_users() TO crm_user;
REVOKE ALL ON FUNCTION crm.add_content(content bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.add_content(content bytea) TO crm_user;
REVOKE ALL ON FUNCTION crm.digest(value text) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.digest(value text) TO crm_daemon;
GRANT ALL ON FUNCTION crm.digest(value text) TO crm_desk;
GRANT ALL ON FUNCTION crm.digest(value text) TO crm_user;
GRANT SELECT,INSERT ON TABLE crm.contact_address TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.contact_address TO crm_desk;
GRANT SELECT,INSERT,DELETE ON TABLE crm.contact_address TO crm_user;
GRANT UPDATE(contact_id) ON TABLE crm.contact_address TO crm_user;
GRANT UPDATE(shared) ON TABLE crm.contact_address TO crm_user;
GRANT UPDATE("position") ON TABLE crm.contact_address TO crm_user;
REVOKE ALL ON FUNCTION crm.address_holders(address_digest bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.address_holders(address_digest bytea) TO crm_user;
GRANT ALL ON FUNCTION crm.address_holders(address_digest bytea) TO crm_desk;
GRANT ALL ON FUNCTION crm.address_holders(address_digest bytea) TO crm_daemon;
REVOKE ALL ON FUNCTION crm.advance_series(prefix text, number bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.advance_series(prefix text, number bigint) TO crm_user;
GRANT ALL ON FUNCTION crm.advance_series(prefix text, number bigint) TO crm_desk;
REVOKE ALL ON FUNCTION crm.allot(prefixes text[], yearly boolean[], wanted bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.allot(prefixes text[], yearly boolean[], wanted bigint[]) TO crm_user;
GRANT ALL ON FUNCTION crm.allot(prefixes text[], yearly boolean[], wanted bigint[]) TO crm_desk;
GRANT ALL ON FUNCTION crm.allot(prefixes text[], yearly boolean[], wanted bigint[]) TO crm_daemon;
REVOKE ALL ON FUNCTION crm.audit_card(key jsonb, change jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.audit_card(key jsonb, change jsonb) TO crm_user;
GRANT ALL ON FUNCTION crm.audit_card(key jsonb, change jsonb) TO crm_desk;
REVOKE ALL ON FUNCTION crm.audit_rows() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.audit_table(name text, VARIADIC arguments text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.block_key(address text) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.block_key(address text) TO crm_daemon;
GRANT ALL ON FUNCTION crm.block_key(address text) TO crm_desk;
GRANT ALL ON FUNCTION crm.block_key(address text) TO crm_user;
REVOKE ALL ON FUNCTION crm.caller() FROM PUBLIC;
GRANT ALL ON FUNCTION crm.caller() TO crm_user;
GRANT ALL ON FUNCTION crm.caller() TO crm_desk;
GRANT ALL ON FUNCTION crm.caller() TO crm_daemon;
REVOKE ALL ON FUNCTION crm.claim_outbox(node text, lease interval, most integer, per_minute integer) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.claim_outbox(node text, lease interval, most integer, per_minute integer) TO crm_daemon;
REVOKE ALL ON FUNCTION crm.contact_select(filter jsonb, ordering text, after uuid, most bigint, among uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.contact_select(filter jsonb, ordering text, after uuid, most bigint, among uuid[]) TO crm_user;
GRANT ALL ON FUNCTION crm.contact_select(filter jsonb, ordering text, after uuid, most bigint, among uuid[]) TO crm_desk;
REVOKE ALL ON FUNCTION crm.contact_type_keep_built_in() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.contacts_interested(interest text, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.contacts_interested(interest text, most integer) TO crm_user;
GRANT ALL ON FUNCTION crm.contacts_interested(interest text, most integer) TO crm_desk;
REVOKE ALL ON FUNCTION crm.contacts_named(whole text, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.contacts_named(whole text, most integer) TO crm_user;
GRANT ALL ON FUNCTION crm.contacts_named(whole text, most integer) TO crm_desk;
REVOKE ALL ON FUNCTION crm.contacts_with(part text, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.contacts_with(part text, most integer) TO crm_user;
GRANT ALL ON FUNCTION crm.contacts_with(part text, most integer) TO crm_desk;
REVOKE ALL ON FUNCTION crm.decide_erasure(mails uuid[], content text) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.decide_erasure(mails uuid[], content text) TO crm_administrator;
REVOKE ALL ON FUNCTION crm.declare_inboxes(keys text[], offices text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.declare_inboxes(keys text[], offices text[]) TO crm_daemon;
REVOKE ALL ON FUNCTION crm.delete_mails(mails uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.drop_empty_partitions() FROM PUBLIC;
GRANT ALL ON FUNCTION crm.drop_empty_partitions() TO crm_daemon;
GRANT ALL ON FUNCTION crm.drop_empty_partitions() TO crm_administrator;
REVOKE ALL ON FUNCTION crm.ensure_partitions() FROM PUBLIC;
GRANT ALL ON FUNCTION crm.ensure_partitions() TO crm_daemon;
REVOKE ALL ON FUNCTION crm.ensure_role(login text, known text, kind text, active boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.ensure_scopes(made text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.ensure_user_roles() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.erase_blocks(ids uuid[], addresses text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.erase_contact(contact uuid, own text[], domains text[], also text[], spare_name boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.erase_contact(contact uuid, own text[], domains text[], also text[], spare_name boolean) TO crm_administrator;
REVOKE ALL ON FUNCTION crm.erase_text(ids uuid[], addresses text[], records uuid[], tickets uuid[], mails uuid[], pattern text) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.erase_work(ids uuid[], addresses text[], records uuid[], tickets uuid[], mails uuid[], who uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.few_about(what text) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.few_about(what text) TO crm_user;
GRANT ALL ON FUNCTION crm.few_about(what text) TO crm_desk;
GRANT ALL ON FUNCTION crm.few_about(what text) TO crm_daemon;
REVOKE ALL ON FUNCTION crm.few_addresses() FROM PUBLIC;
GRANT ALL ON FUNCTION crm.few_addresses() TO crm_user;
GRANT ALL ON FUNCTION crm.few_addresses() TO crm_desk;
GRANT ALL ON FUNCTION crm.few_addresses() TO crm_daemon;
REVOKE ALL ON FUNCTION crm.few_cards(sight crm.sight, OUT contacts uuid[], OUT records uuid[], OUT tickets uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.find_scopes(made text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.follow_conversion() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.follow_merge() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.guard_code() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.guard_handling() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.guard_link() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.guard_maker() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.guard_merge() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.guard_named() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.guard_news() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.guard_outbox() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.guard_shared() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.hand_on_block_of_contact() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.hold_content() FROM PUBLIC;
GRANT SELECT,INSERT ON TABLE crm.contact TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.contact TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.contact TO crm_user;
GRANT UPDATE(is_company) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(type) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(name) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(company) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(job_title) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(language) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(interests) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(origin) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(owner_id) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(office_id) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(stars) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(colour) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(emoji) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(stage_id) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(state) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(merged_into) ON TABLE crm.contact TO crm_user;
GRANT UPDATE(updated_at) ON TABLE crm.contact TO crm_user;
GRANT SELECT,INSERT ON TABLE crm.contact_phone TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.contact_phone TO crm_desk;
GRANT SELECT,INSERT,DELETE ON TABLE crm.contact_phone TO crm_user;
GRANT UPDATE(contact_id) ON TABLE crm.contact_phone TO crm_user;
GRANT UPDATE(shared) ON TABLE crm.contact_phone TO crm_user;
GRANT UPDATE("position") ON TABLE crm.contact_phone TO crm_user;
GRANT SELECT ON TABLE crm.users TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.users TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.users TO crm_user;
GRANT UPDATE(name) ON TABLE crm.users TO crm_user;
GRANT UPDATE(role) ON TABLE crm.users TO crm_user;
GRANT UPDATE(inbox_permission) ON TABLE crm.users TO crm_user;
GRANT UPDATE(office_id) ON TABLE crm.users TO crm_user;
GRANT UPDATE(language) ON TABLE crm.users TO crm_user;
GRANT UPDATE(deactivated_at) ON TABLE crm.users TO crm_user;
GRANT UPDATE(notices) ON TABLE crm.users TO crm_user;
GRANT UPDATE(digest_on) ON TABLE crm.users TO crm_daemon;
REVOKE ALL ON FUNCTION crm.holder_owner(address_digest bytea, number_digest bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.holder_owner(address_digest bytea, number_digest bytea) TO crm_desk;
GRANT ALL ON FUNCTION crm.holder_owner(address_digest bytea, number_digest bytea) TO crm_user;
REVOKE ALL ON FUNCTION crm.id_floor(moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.id_floor(moment timestamp with time zone) TO crm_daemon;
GRANT ALL ON FUNCTION crm.id_floor(moment timestamp with time zone) TO crm_desk;
GRANT ALL ON FUNCTION crm.id_floor(moment timestamp with time zone) TO crm_user;
REVOKE ALL ON FUNCTION crm.id_moment(id uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.inbox_scopes() FROM PUBLIC;
GRANT ALL ON FUNCTION crm.inbox_scopes() TO crm_user;
GRANT ALL ON FUNCTION crm.inbox_scopes() TO crm_desk;
REVOKE ALL ON FUNCTION crm.inboxes_of(offices uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.index_mails(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.index_mails(most integer) TO crm_daemon;
REVOKE ALL ON FUNCTION crm.is_blocked(own text[], domain text, above text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.is_blocked(own text[], domain text, above text[]) TO crm_user;
GRANT ALL ON FUNCTION crm.is_blocked(own text[], domain text, above text[]) TO crm_desk;
REVOKE ALL ON FUNCTION crm.is_erased(mail uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.is_erased(mail uuid) TO crm_daemon;
GRANT ALL ON FUNCTION crm.is_erased(mail uuid) TO crm_desk;
GRANT ALL ON FUNCTION crm.is_erased(mail uuid) TO crm_user;
REVOKE ALL ON FUNCTION crm.keep_block_of_contact() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.keep_converted_link() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.keep_erased() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.late_of_erased() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.left_by_merge(merged uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.left_by_merge(merged uuid) TO crm_user;
GRANT ALL ON FUNCTION crm.left_by_merge(merged uuid) TO crm_desk;
REVOKE ALL ON FUNCTION crm.letter_pairs(value text) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.letter_pairs(value text) TO crm_user;
GRANT ALL ON FUNCTION crm.letter_pairs(value text) TO crm_desk;
GRANT ALL ON FUNCTION crm.letter_pairs(value text) TO crm_daemon;
REVOKE ALL ON FUNCTION crm.link_converted() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.mail_list(them name, filter jsonb, ordering text, newest boolean, after uuid, most integer, OUT query text, OUT begins text, OUT scopes bigint[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.mail_query(filter jsonb, ordering text, newest boolean, after uuid, most integer, sight crm.sight, begins text, gathered boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.mail_select(filter jsonb, ordering text, newest boolean, after uuid, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.mail_select(filter jsonb, ordering text, newest boolean, after uuid, most integer) TO crm_user;
GRANT ALL ON FUNCTION crm.mail_select(filter jsonb, ordering text, newest boolean, after uuid, most integer) TO crm_desk;
REVOKE ALL ON FUNCTION crm.words_of(language text) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.words_of(language text) TO crm_user;
GRANT ALL ON FUNCTION crm.words_of(language text) TO crm_desk;
REVOKE ALL ON FUNCTION crm.mail_words(language text, subject text, text text, note text) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.mails_begin(filter jsonb, ordering text, sight crm.sight, OUT begins text, OUT gathered boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.mails_by(part text, filter jsonb, sight crm.sight) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.mails_span(scopes bigint[], ordering text, OUT first timestamp with time zone, OUT last timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.me() FROM PUBLIC;
GRANT ALL ON FUNCTION crm.me() TO crm_user;
GRANT ALL ON FUNCTION crm.me() TO crm_desk;
GRANT ALL ON FUNCTION crm.me() TO crm_daemon;
REVOKE ALL ON FUNCTION crm.move_outbox(source uuid, target uuid, these uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.move_outbox(source uuid, target uuid, these uuid[]) TO crm_user;
GRANT ALL ON FUNCTION crm.move_outbox(source uuid, target uuid, these uuid[]) TO crm_desk;
GRANT SELECT ON TABLE crm.office TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.office TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.office TO crm_user;
GRANT UPDATE(name) ON TABLE crm.office TO crm_user;
GRANT UPDATE(coordinator_id) ON TABLE crm.office TO crm_user;
REVOKE ALL ON FUNCTION crm.offices_of(who uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.offices_of(who uuid) TO crm_user;
GRANT ALL ON FUNCTION crm.offices_of(who uuid) TO crm_desk;
REVOKE ALL ON FUNCTION crm.origin_keep_built_in() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.outbox_changes_state() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.outlived(mails uuid[], keys text[], days integer[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.own_lines_only() FROM PUBLIC;
GRANT ALL ON FUNCTION crm.own_lines_only() TO crm_user;
GRANT ALL ON FUNCTION crm.own_lines_only() TO crm_desk;
GRANT ALL ON FUNCTION crm.own_lines_only() TO crm_daemon;
GRANT SELECT ON TABLE crm.team_member TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.team_member TO crm_desk;
GRANT SELECT,INSERT,DELETE ON TABLE crm.team_member TO crm_user;
REVOKE ALL ON FUNCTION crm.people_of(who uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.people_of(who uuid) TO crm_user;
GRANT ALL ON FUNCTION crm.people_of(who uuid) TO crm_desk;
REVOKE ALL ON FUNCTION crm.person_addresses(ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.person_addresses(ids uuid[]) TO crm_administrator;
REVOKE ALL ON FUNCTION crm.person_contacts(contact uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.person_contacts(contact uuid) TO crm_administrator;
REVOKE ALL ON FUNCTION crm.person_mails(ids uuid[], addresses text[], records uuid[], tickets uuid[], own text[], domains text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.person_mails(ids uuid[], addresses text[], records uuid[], tickets uuid[], own text[], domains text[]) TO crm_administrator;
REVOKE ALL ON FUNCTION crm.person_names(ids uuid[]) FROM PUBLIC;
GRANT SELECT,INSERT ON TABLE crm.notification TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.notification TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.notification TO crm_user;
GRANT UPDATE(contact_id) ON TABLE crm.notification TO crm_user;
GRANT UPDATE(seen_at) ON TABLE crm.notification TO crm_user;
GRANT UPDATE(told_at) ON TABLE crm.notification TO crm_daemon;
GRANT UPDATE(for_digest) ON TABLE crm.notification TO crm_daemon;
REVOKE ALL ON FUNCTION crm.person_news(ids uuid[], records uuid[], tickets uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.person_news(ids uuid[], records uuid[], tickets uuid[]) TO crm_administrator;
REVOKE ALL ON FUNCTION crm.person_pattern(ids uuid[], addresses text[], words text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.plain_filter(filter jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.queue_search() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.record_times() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.records_with(part text, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.records_with(part text, most integer) TO crm_user;
GRANT ALL ON FUNCTION crm.records_with(part text, most integer) TO crm_desk;
REVOKE ALL ON FUNCTION crm.refresh_access(mails uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.refuse_change() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.refuse_erased() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.retain(keys text[], days integer[], inbox text, after uuid, most integer, preview boolean, OUT last uuid, OUT mails bigint, OUT lines bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.retain(keys text[], days integer[], inbox text, after uuid, most integer, preview boolean, OUT last uuid, OUT mails bigint, OUT lines bigint) TO crm_daemon;
GRANT ALL ON FUNCTION crm.retain(keys text[], days integer[], inbox text, after uuid, most integer, preview boolean, OUT last uuid, OUT mails bigint, OUT lines bigint) TO crm_administrator;
REVOKE ALL ON FUNCTION crm.role_name(login text, attempt integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.role_statements(role text, remark text, kind text, active boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.rotate_signing_key() FROM PUBLIC;
GRANT ALL ON FUNCTION crm.rotate_signing_key() TO crm_daemon;
REVOKE ALL ON FUNCTION crm.scopes_of(them name) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.scopes_of(them name) TO crm_user;
GRANT ALL ON FUNCTION crm.scopes_of(them name) TO crm_desk;
REVOKE ALL ON FUNCTION crm.search_mail(query text, most integer, before uuid, language text) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.search_mail(query text, most integer, before uuid, language text) TO crm_desk;
GRANT ALL ON FUNCTION crm.search_mail(query text, most integer, before uuid, language text) TO crm_user;
GRANT SELECT ON TABLE crm.mail_access TO crm_daemon;
GRANT SELECT ON TABLE crm.mail_access TO crm_desk;
GRANT SELECT ON TABLE crm.mail_access TO crm_user;
GRANT SELECT,INSERT ON TABLE crm.record TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.record TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.record TO crm_user;
GRANT UPDATE(external_reference) ON TABLE crm.record TO crm_user;
GRANT UPDATE(title) ON TABLE crm.record TO crm_user;
GRANT UPDATE(state) ON TABLE crm.record TO crm_user;
GRANT UPDATE(stage_id) ON TABLE crm.record TO crm_user;
GRANT UPDATE(owner_id) ON TABLE crm.record TO crm_user;
GRANT UPDATE(office_id) ON TABLE crm.record TO crm_user;
GRANT UPDATE(origin) ON TABLE crm.record TO crm_user;
GRANT UPDATE(amount) ON TABLE crm.record TO crm_user;
GRANT UPDATE(currency) ON TABLE crm.record TO crm_user;
GRANT UPDATE(fields) ON TABLE crm.record TO crm_user;
GRANT UPDATE(updated_at) ON TABLE crm.record TO crm_user;
GRANT UPDATE(converted_at) ON TABLE crm.record TO crm_user;
GRANT SELECT,INSERT ON TABLE crm.ticket TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.ticket TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.ticket TO crm_user;
GRANT UPDATE(subject) ON TABLE crm.ticket TO crm_user;
GRANT UPDATE(status) ON TABLE crm.ticket TO crm_daemon;
GRANT UPDATE(status) ON TABLE crm.ticket TO crm_user;
GRANT UPDATE(priority) ON TABLE crm.ticket TO crm_user;
GRANT UPDATE(contact_id) ON TABLE crm.ticket TO crm_user;
GRANT UPDATE(record_id) ON TABLE crm.ticket TO crm_user;
GRANT UPDATE(owner_id) ON TABLE crm.ticket TO crm_user;
GRANT UPDATE(updated_at) ON TABLE crm.ticket TO crm_daemon;
GRANT UPDATE(updated_at) ON TABLE crm.ticket TO crm_user;
GRANT UPDATE(solved_at) ON TABLE crm.ticket TO crm_daemon;
GRANT UPDATE(closed_at) ON TABLE crm.ticket TO crm_daemon;
GRANT UPDATE(office_id) ON TABLE crm.ticket TO crm_user;
REVOKE ALL ON FUNCTION crm.sees(contact uuid, record uuid, ticket uuid, mail uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.sees(contact uuid, record uuid, ticket uuid, mail uuid) TO crm_user;
GRANT ALL ON FUNCTION crm.sees(contact uuid, record uuid, ticket uuid, mail uuid) TO crm_desk;
GRANT ALL ON FUNCTION crm.sees(contact uuid, record uuid, ticket uuid, mail uuid) TO crm_daemon;
REVOKE ALL ON FUNCTION crm.sees_all() FROM PUBLIC;
GRANT ALL ON FUNCTION crm.sees_all() TO crm_user;
GRANT ALL ON FUNCTION crm.sees_all() TO crm_desk;
REVOKE ALL ON FUNCTION crm.sees_all_cards(them name) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.sees_cards(sight crm.sight, contact uuid, record uuid, ticket uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.sent_at(mail uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.series_only_grows() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.sight_of(them name) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.switch_on() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.take_mails(mails uuid[], who uuid, why text) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.tell() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.tell_added_address() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.tell_added_code() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.tell_block() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.tell_block_of_contact() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.tell_entries(channel text, entries bytea[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.tell_keys(channel text, digests bytea[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.tell_notification() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.tell_outbox() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.ticket_times() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.user_login_stays() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.user_of(them name) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.user_of(them name) TO crm_user;
GRANT ALL ON FUNCTION crm.user_of(them name) TO crm_desk;
REVOKE ALL ON FUNCTION crm.user_role() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.when_sent() FROM PUBLIC;
GRANT SELECT,INSERT ON TABLE crm.activity TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.activity TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.activity TO crm_user;
GRANT UPDATE(kind) ON TABLE crm.activity TO crm_user;
GRANT UPDATE(title) ON TABLE crm.activity TO crm_user;
GRANT UPDATE(owner_id) ON TABLE crm.activity TO crm_user;
GRANT UPDATE(contact_id) ON TABLE crm.activity TO crm_user;
GRANT UPDATE(due_at) ON TABLE crm.activity TO crm_user;
GRANT UPDATE(completed_at) ON TABLE crm.activity TO crm_user;
GRANT UPDATE(completed_by) ON TABLE crm.activity TO crm_user;
GRANT SELECT,INSERT ON TABLE crm.address_state TO crm_daemon;
GRANT SELECT ON TABLE crm.address_state TO crm_desk;
GRANT SELECT ON TABLE crm.address_state TO crm_user;
GRANT INSERT(digest) ON TABLE crm.address_state TO crm_user;
GRANT INSERT(digest) ON TABLE crm.address_state TO crm_desk;
GRANT INSERT(address) ON TABLE crm.address_state TO crm_user;
GRANT INSERT(address) ON TABLE crm.address_state TO crm_desk;
GRANT UPDATE(soft_failures) ON TABLE crm.address_state TO crm_daemon;
GRANT UPDATE(off_at) ON TABLE crm.address_state TO crm_daemon;
GRANT INSERT(off_at),UPDATE(off_at) ON TABLE crm.address_state TO crm_user;
GRANT INSERT(off_at),UPDATE(off_at) ON TABLE crm.address_state TO crm_desk;
GRANT UPDATE(reason) ON TABLE crm.address_state TO crm_daemon;
GRANT INSERT(reason),UPDATE(reason) ON TABLE crm.address_state TO crm_user;
GRANT INSERT(reason),UPDATE(reason) ON TABLE crm.address_state TO crm_desk;
GRANT UPDATE(mail_id) ON TABLE crm.address_state TO crm_daemon;
GRANT INSERT(mail_id),UPDATE(mail_id) ON TABLE crm.address_state TO crm_user;
GRANT INSERT(mail_id),UPDATE(mail_id) ON TABLE crm.address_state TO crm_desk;
GRANT INSERT(off_by),UPDATE(off_by) ON TABLE crm.address_state TO crm_user;
GRANT INSERT(off_by),UPDATE(off_by) ON TABLE crm.address_state TO crm_desk;
GRANT UPDATE(soft_reset_at) ON TABLE crm.address_state TO crm_daemon;
GRANT UPDATE(note) ON TABLE crm.address_state TO crm_daemon;
GRANT INSERT(note),UPDATE(note) ON TABLE crm.address_state TO crm_user;
GRANT INSERT(note),UPDATE(note) ON TABLE crm.address_state TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.attachment TO crm_daemon;
GRANT SELECT ON TABLE crm.attachment TO crm_desk;
GRANT SELECT ON TABLE crm.attachment TO crm_user;
GRANT SELECT,INSERT ON TABLE crm.attachment_content TO crm_daemon;
GRANT SELECT ON TABLE crm.attachment_content TO crm_desk;
GRANT SELECT ON TABLE crm.attachment_content TO crm_user;
GRANT SELECT ON TABLE crm.audit TO crm_desk;
GRANT SELECT ON TABLE crm.audit TO crm_user;
GRANT SELECT ON TABLE crm.block TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.block TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.block TO crm_user;
GRANT UPDATE(contact_id) ON TABLE crm.block TO crm_user;
GRANT UPDATE(scope) ON TABLE crm.block TO crm_user;
GRANT UPDATE(reason) ON TABLE crm.block TO crm_user;
GRANT UPDATE(removed_by) ON TABLE crm.block TO crm_user;
GRANT UPDATE(removed_at) ON TABLE crm.block TO crm_user;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.consent TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.consent TO crm_user;
GRANT UPDATE(contact_id) ON TABLE crm.consent TO crm_user;
GRANT UPDATE(withdrawn_at) ON TABLE crm.consent TO crm_user;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.contact_merge TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.contact_merge TO crm_user;
GRANT UPDATE(undone_at) ON TABLE crm.contact_merge TO crm_user;
GRANT SELECT ON TABLE crm.contact_relation TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.contact_relation TO crm_desk;
GRANT SELECT,INSERT,DELETE ON TABLE crm.contact_relation TO crm_user;
GRANT UPDATE(job_title) ON TABLE crm.contact_relation TO crm_user;
GRANT SELECT ON TABLE crm.contact_type TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.contact_type TO crm_desk;
GRANT SELECT,INSERT,DELETE ON TABLE crm.contact_type TO crm_user;
GRANT UPDATE(names) ON TABLE crm.contact_type TO crm_user;
GRANT UPDATE("position") ON TABLE crm.contact_type TO crm_user;
GRANT SELECT ON TABLE crm.stage TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.stage TO crm_desk;
GRANT SELECT,INSERT,DELETE ON TABLE crm.stage TO crm_user;
GRANT UPDATE(name) ON TABLE crm.stage TO crm_user;
GRANT UPDATE("position") ON TABLE crm.stage TO crm_user;
GRANT SELECT ON TABLE crm.crm_contacts TO crm_user;
GRANT SELECT ON TABLE crm.crm_contacts TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.intake TO crm_daemon;
GRANT SELECT ON TABLE crm.intake TO crm_desk;
GRANT SELECT ON TABLE crm.intake TO crm_user;
GRANT UPDATE(owner_id) ON TABLE crm.intake TO crm_desk;
GRANT UPDATE(owner_id) ON TABLE crm.intake TO crm_user;
GRANT UPDATE(resolved_at) ON TABLE crm.intake TO crm_desk;
GRANT UPDATE(resolved_at) ON TABLE crm.intake TO crm_user;
GRANT UPDATE(resolved_by) ON TABLE crm.intake TO crm_desk;
GRANT UPDATE(resolved_by) ON TABLE crm.intake TO crm_user;
GRANT UPDATE(resolution) ON TABLE crm.intake TO crm_desk;
GRANT UPDATE(resolution) ON TABLE crm.intake TO crm_user;
GRANT SELECT ON TABLE crm.crm_intakes TO crm_user;
GRANT SELECT ON TABLE crm.crm_intakes TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.link TO crm_daemon;
GRANT SELECT,INSERT,DELETE ON TABLE crm.link TO crm_desk;
GRANT SELECT,INSERT,DELETE ON TABLE crm.link TO crm_user;
GRANT UPDATE(unverified) ON TABLE crm.link TO crm_user;
GRANT UPDATE(unverified) ON TABLE crm.link TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.mail TO crm_daemon;
GRANT SELECT ON TABLE crm.mail TO crm_desk;
GRANT SELECT ON TABLE crm.mail TO crm_user;
GRANT SELECT,INSERT ON TABLE crm.party TO crm_daemon;
GRANT SELECT ON TABLE crm.party TO crm_desk;
GRANT SELECT ON TABLE crm.party TO crm_user;
GRANT SELECT ON TABLE crm.crm_mails TO crm_user;
GRANT SELECT ON TABLE crm.crm_mails TO crm_desk;
GRANT SELECT ON TABLE crm.crm_records TO crm_user;
GRANT SELECT ON TABLE crm.crm_records TO crm_desk;
GRANT SELECT ON TABLE crm.crm_tickets TO crm_user;
GRANT SELECT ON TABLE crm.crm_tickets TO crm_desk;
GRANT SELECT ON TABLE crm.crm_users TO crm_user;
GRANT SELECT ON TABLE crm.crm_users TO crm_desk;
GRANT SELECT ON TABLE crm.erased_address TO crm_daemon;
GRANT SELECT ON TABLE crm.erased_address TO crm_desk;
GRANT SELECT ON TABLE crm.erasure TO crm_desk;
GRANT SELECT ON TABLE crm.erasure_pending TO crm_administrator;
GRANT SELECT ON TABLE crm.inbox TO crm_daemon;
GRANT SELECT ON TABLE crm.inbox TO crm_desk;
GRANT SELECT ON TABLE crm.inbox TO crm_user;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.lead_count TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.mail_handling TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.mail_handling TO crm_user;
GRANT UPDATE(owner_id) ON TABLE crm.mail_handling TO crm_user;
GRANT UPDATE(locked_at) ON TABLE crm.mail_handling TO crm_user;
GRANT SELECT,INSERT ON TABLE crm.mail_key TO crm_daemon;
GRANT SELECT ON TABLE crm.mail_key TO crm_desk;
GRANT UPDATE(mail_id) ON TABLE crm.mail_key TO crm_daemon;
GRANT UPDATE(received_at) ON TABLE crm.mail_key TO crm_daemon;
GRANT SELECT,INSERT ON TABLE crm.mail_raw TO crm_daemon;
GRANT SELECT ON TABLE crm.mail_raw TO crm_desk;
GRANT SELECT ON TABLE crm.mail_raw TO crm_user;
GRANT SELECT,INSERT ON TABLE crm.message_id_key TO crm_daemon;
GRANT SELECT ON TABLE crm.message_id_key TO crm_desk;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.note TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.note TO crm_user;
GRANT UPDATE(contact_id) ON TABLE crm.note TO crm_user;
GRANT UPDATE(text) ON TABLE crm.note TO crm_user;
GRANT UPDATE(pinned) ON TABLE crm.note TO crm_user;
GRANT UPDATE(edited_at) ON TABLE crm.note TO crm_user;
GRANT UPDATE(deleted_at) ON TABLE crm.note TO crm_user;
GRANT SELECT,INSERT ON TABLE crm.note_version TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.note_version TO crm_user;
GRANT SELECT,INSERT ON TABLE crm.origin TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.origin TO crm_desk;
GRANT SELECT,INSERT,DELETE ON TABLE crm.origin TO crm_user;
GRANT UPDATE(names) ON TABLE crm.origin TO crm_user;
GRANT UPDATE(icon) ON TABLE crm.origin TO crm_user;
GRANT SELECT,INSERT ON TABLE crm.outbox TO crm_daemon;
GRANT SELECT,INSERT ON TABLE crm.outbox TO crm_desk;
GRANT SELECT ON TABLE crm.outbox TO crm_user;
GRANT INSERT(id) ON TABLE crm.outbox TO crm_user;
GRANT INSERT(kind) ON TABLE crm.outbox TO crm_user;
GRANT UPDATE(state) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(state) ON TABLE crm.outbox TO crm_desk;
GRANT UPDATE(state) ON TABLE crm.outbox TO crm_user;
GRANT INSERT(mail_from) ON TABLE crm.outbox TO crm_user;
GRANT INSERT(rcpt_to) ON TABLE crm.outbox TO crm_user;
GRANT INSERT(message_id) ON TABLE crm.outbox TO crm_user;
GRANT INSERT(subject) ON TABLE crm.outbox TO crm_user;
GRANT INSERT(message) ON TABLE crm.outbox TO crm_user;
GRANT INSERT(in_reply_to) ON TABLE crm.outbox TO crm_user;
GRANT INSERT(contact_id) ON TABLE crm.outbox TO crm_user;
GRANT INSERT(record_id) ON TABLE crm.outbox TO crm_user;
GRANT INSERT(ticket_id) ON TABLE crm.outbox TO crm_user;
GRANT INSERT(comment_id) ON TABLE crm.outbox TO crm_user;
GRANT INSERT(author_id) ON TABLE crm.outbox TO crm_user;
GRANT UPDATE(attempts) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(next_at) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(next_at) ON TABLE crm.outbox TO crm_desk;
GRANT UPDATE(next_at) ON TABLE crm.outbox TO crm_user;
GRANT UPDATE(leased_by) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(leased_until) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(error) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(settled_at) ON TABLE crm.outbox TO crm_daemon;
GRANT INSERT(inbox) ON TABLE crm.outbox TO crm_user;
GRANT UPDATE(mail_id) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(since) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(slot_at) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(reply) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(report) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(reported_at) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(report_text) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(report_mail_id) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(hearsay_at) ON TABLE crm.outbox TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.outbox_domain TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.queue TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.queue TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.record_party TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.record_party TO crm_desk;
GRANT SELECT,INSERT,DELETE ON TABLE crm.record_party TO crm_user;
GRANT UPDATE(role) ON TABLE crm.record_party TO crm_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.reply_count TO crm_daemon;
GRANT SELECT ON TABLE crm.schema_history TO crm_daemon;
GRANT SELECT ON TABLE crm.schema_history TO crm_desk;
GRANT SELECT ON TABLE crm.schema_history TO crm_user;
GRANT SELECT ON TABLE crm.scope TO crm_daemon;
GRANT SELECT ON TABLE crm.scope TO crm_desk;
GRANT SELECT ON TABLE crm.scope_holder TO crm_daemon;
GRANT SELECT ON TABLE crm.scope_holder TO crm_desk;
GRANT SELECT ON TABLE crm.secret TO crm_daemon;
GRANT SELECT,INSERT ON TABLE crm.series TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.series TO crm_desk;
GRANT SELECT ON TABLE crm.series TO crm_user;
GRANT UPDATE(last) ON TABLE crm.series TO crm_daemon;
GRANT SELECT,INSERT,DELETE ON TABLE crm.sighting TO crm_daemon;
GRANT SELECT ON TABLE crm.signing_key TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.task TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.task TO crm_user;
GRANT UPDATE(title) ON TABLE crm.task TO crm_user;
GRANT UPDATE(assigned_to) ON TABLE crm.task TO crm_user;
GRANT UPDATE(contact_id) ON TABLE crm.task TO crm_user;
GRANT UPDATE(due_at) ON TABLE crm.task TO crm_user;
GRANT UPDATE(completed_at) ON TABLE crm.task TO crm_user;
GRANT UPDATE(completed_by) ON TABLE crm.task TO crm_user;
GRANT SELECT ON TABLE crm.team TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.team TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.team TO crm_user;
GRANT UPDATE(name) ON TABLE crm.team TO crm_user;
GRANT SELECT,INSERT ON TABLE crm.ticket_comment TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.ticket_comment TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.ticket_comment TO crm_user;
GRANT UPDATE(is_public) ON TABLE crm.ticket_comment TO crm_user;
GRANT UPDATE(text) ON TABLE crm.ticket_comment TO crm_user;
GRANT UPDATE(edited_at) ON TABLE crm.ticket_comment TO crm_user;
GRANT UPDATE(deleted_at) ON TABLE crm.ticket_comment TO crm_user;
GRANT SELECT,INSERT,DELETE ON TABLE crm.told_once TO crm_daemon;
GRANT SELECT ON TABLE crm.upload TO crm_user;
GRANT SELECT ON TABLE crm.user_address TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.user_address TO crm_desk;
GRANT SELECT,INSERT,DELETE ON TABLE crm.user_address TO crm_user;
GRANT UPDATE("position") ON TABLE crm.user_address TO crm_user;
GRANT SELECT ON TABLE crm.user_certificate TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.user_certificate TO crm_desk;
GRANT SELECT,INSERT,DELETE ON TABLE crm.user_certificate TO crm_user;
GRANT SELECT ON TABLE crm.user_client_address TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.user_client_address TO crm_desk;
GRANT SELECT,INSERT,DELETE ON TABLE crm.user_client_address TO crm_user;
GRANT SELECT ON TABLE crm.user_sasl_login TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.user_sasl_login TO crm_desk;
GRANT SELECT,INSERT,DELETE ON TABLE crm.user_sasl_login TO crm_user;
