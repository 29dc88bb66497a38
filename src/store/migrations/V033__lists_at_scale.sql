-- What lists need at a million contacts and millions of mails.
--
-- Row-level security asks its own conditions first. What a user's condition calls that is not proven to tell nothing
-- (lower, left, LIKE, @>, ->>) is asked of the rows that are left, never of an index. So what is looked for by part of a
-- text is looked for by a function of the owner, which asks itself what its caller sees; and comparisons that an index
-- is to serve stand between plain columns and values.

-- Three letters anywhere in a name. Where the extension cannot be had, the search reads all names.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
    CREATE INDEX contact_name_part ON crm.contact USING gin (lower(name) public.gin_trgm_ops);
    CREATE INDEX contact_company_part ON crm.contact USING gin (lower(company) public.gin_trgm_ops) WHERE company IS NOT NULL;
EXCEPTION
    WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
        RAISE NOTICE 'without the extension pg_trgm, contacts are searched by reading all of them: %', SQLERRM;
END
$$;
CREATE INDEX contact_address_begins ON crm.contact_address (left(address, 200) text_pattern_ops);
CREATE INDEX contact_colour_list ON crm.contact (colour, id) WHERE colour IS NOT NULL;

-- The cards that a role sees: null for all of them.
CREATE FUNCTION crm.sees_all_cards(them name) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_has_role(them, 'crm_desk', 'USAGE') OR pg_has_role(them, current_user, 'USAGE')
        OR EXISTS (SELECT FROM crm.users u WHERE u.id = crm.user_of(them) AND u.role = 'administrator')
$$;

-- Contacts with a part of a text in name or company, or with an address that begins so: in no order, so many at most, of
-- those that the caller sees. Who asks for one more than can be used learns that the text is a frequent one.
CREATE FUNCTION crm.contacts_with(part text, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET jit = off AS $$
DECLARE
    them name := crm.caller();
    who uuid := crm.user_of(them);
    everything boolean := crm.sees_all_cards(them);
    people uuid[] := crm.people_of(who);
    offices uuid[] := crm.offices_of(who);
    plain text := replace(replace(replace(lower(left(part, 200)), '\', '\\'), '%', '\%'), '_', '\_');
    seen text := CASE WHEN everything THEN 'true' ELSE '(c.owner_id = ANY ($1) OR c.office_id = ANY ($2))' END;
BEGIN
    -- Planned for this text: whether an index of parts or the caller's own cards are fewer.
    RETURN QUERY EXECUTE format(
        'SELECT x.id FROM (
             (SELECT c.id FROM crm.contact c WHERE lower(c.name) LIKE %1$L AND %3$s LIMIT %4$s)
             UNION (SELECT c.id FROM crm.contact c WHERE c.company IS NOT NULL AND lower(c.company) LIKE %1$L AND %3$s LIMIT %4$s)
             UNION (SELECT c.id FROM crm.contact_address a JOIN crm.contact c ON c.id = a.contact_id
                    WHERE left(a.address, 200) LIKE %2$L AND %3$s LIMIT %4$s)) AS x LIMIT %4$s',
        '%' || plain || '%', plain || '%', seen, most)
        USING people, offices;
END
$$;
COMMENT ON FUNCTION crm.contacts_with(text, integer) IS
    'Contacts that the caller may see with this part of a name or company, or this beginning of an address.';

-- A contact by its whole name.
CREATE FUNCTION crm.contacts_named(whole text, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
COMMENT ON FUNCTION crm.contacts_named(text, integer) IS 'Contacts of that name that the caller may see, the newest first.';

-- An equality of the column itself, of any length.
CREATE INDEX record_reference ON crm.record USING hash (external_reference) WHERE external_reference IS NOT NULL;
CREATE INDEX record_kind_list ON crm.record (kind, id);
CREATE INDEX record_stage_list ON crm.record (stage_id, id) WHERE stage_id IS NOT NULL;
CREATE INDEX record_origin_list ON crm.record (origin, id);
CREATE INDEX record_open ON crm.record (owner_id, id) WHERE state = 'open';
CREATE INDEX ticket_unsolved ON crm.ticket (status, id) INCLUDE (owner_id) WHERE status NOT IN ('solved', 'closed');
CREATE INDEX ticket_inbox_list ON crm.ticket (inbox, id);
CREATE INDEX ticket_priority_list ON crm.ticket (priority, id) WHERE priority <> 'normal';

-- Lines of a mail: the repeats, beside intake_route. And what came to nothing.
CREATE INDEX intake_outcome ON crm.intake (outcome, id) WHERE outcome <> 'recorded';

-- Work in the order of its lists, where what has no time comes last.
CREATE INDEX task_list_open ON crm.task ((coalesce(due_at, 'infinity')), id) WHERE completed_at IS NULL;
CREATE INDEX task_list_done ON crm.task ((coalesce(due_at, 'infinity')), id) WHERE completed_at IS NOT NULL;
CREATE INDEX task_assigned_open ON crm.task (assigned_to, (coalesce(due_at, 'infinity')), id) WHERE completed_at IS NULL;
CREATE INDEX task_assigned_done ON crm.task (assigned_to, (coalesce(due_at, 'infinity')), id) WHERE completed_at IS NOT NULL;
CREATE INDEX task_ticket ON crm.task (ticket_id, id) WHERE ticket_id IS NOT NULL;
CREATE INDEX activity_list_open ON crm.activity ((coalesce(due_at, 'infinity')), id) WHERE completed_at IS NULL;
CREATE INDEX activity_list_all ON crm.activity ((coalesce(due_at, 'infinity')), id);
CREATE INDEX activity_owner_open ON crm.activity (owner_id, (coalesce(due_at, 'infinity')), id) WHERE completed_at IS NULL;
CREATE INDEX activity_owner_all ON crm.activity (owner_id, (coalesce(due_at, 'infinity')), id);
CREATE INDEX activity_ticket ON crm.activity (ticket_id) WHERE ticket_id IS NOT NULL;
DROP INDEX crm.task_assigned, crm.task_open, crm.activity_owner, crm.activity_open;

-- The same rules as V022 has, without a call of a function for each row.
DO $$
DECLARE
    work record;
    seen text;
BEGIN
    FOR work IN SELECT * FROM (VALUES ('task', 'assigned_to', ''),
            ('activity', 'owner_id', ' AND (mail_id IS NULL OR EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = activity.mail_id))'))
            AS w (name, holder, mail) LOOP
        seen := format('%2$I = (SELECT crm.me()) OR created_by = (SELECT crm.me())
                   OR %2$I = ANY ((SELECT crm.people_of(crm.me()))::uuid[])
                   OR (num_nonnulls(contact_id, record_id, ticket_id) > 0
                       AND (contact_id IS NULL OR EXISTS (SELECT FROM crm.contact c WHERE c.id = %1$I.contact_id))
                       AND (record_id IS NULL OR EXISTS (SELECT FROM crm.record r WHERE r.id = %1$I.record_id))
                       AND (ticket_id IS NULL OR EXISTS (SELECT FROM crm.ticket t WHERE t.id = %1$I.ticket_id))%3$s)',
            work.name, work.holder, work.mail);
        EXECUTE format('ALTER POLICY own ON crm.%I USING (%s)', work.name, seen);
        EXECUTE format('ALTER POLICY own_changes ON crm.%I USING (%s)', work.name, seen);
    END LOOP;
END
$$;

-- As V024 has it, and for whoever sees few mails from these.
CREATE OR REPLACE FUNCTION crm.search_mail(query text, most integer DEFAULT 50, before uuid DEFAULT NULL, language text DEFAULT NULL)
    RETURNS TABLE (mail_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET jit = off SET timezone = 'UTC' AS $$
DECLARE
    them name := crm.caller();
    who uuid := crm.user_of(them);
    all_of_it boolean := pg_has_role(them, 'crm_desk', 'USAGE') OR pg_has_role(them, current_user, 'USAGE')
        OR EXISTS (SELECT FROM crm.users u WHERE u.id = who AND u.role = 'administrator');
    scopes bigint[];
    wanted tsquery := websearch_to_tsquery('pg_catalog.simple'::regconfig, left(query, 1000));
    spoken text := coalesce(search_mail.language, (SELECT u.language FROM crm.users u WHERE u.id = who), 'en');
    month timestamptz := date_trunc('month', now()) + interval '4 months';
    first timestamptz;
    found integer := 0;
    portion integer;
    few CONSTANT integer := 10000;
BEGIN
    most := least(greatest(most, 0), 1000);
    IF NOT all_of_it THEN
        scopes := crm.scopes_of(them);
        IF who IS NULL OR scopes = '{}' THEN
            RETURN;
        END IF;
    END IF;
    IF NOT current_setting('transaction_read_only')::boolean THEN
        PERFORM crm.index_mails(200);
    END IF;
    IF crm.words_of(spoken) <> 'pg_catalog.simple'::regconfig THEN
        wanted := wanted || websearch_to_tsquery(crm.words_of(spoken), left(query, 1000));
    END IF;
    -- Whoever sees few mails has these asked for the words: an index of words knows nothing of who sees what.
    IF NOT all_of_it AND (SELECT count(*) FROM (SELECT FROM crm.mail_access a WHERE a.scope_id = ANY (scopes)
                                                LIMIT few + 1) AS own) <= few THEN
        RETURN QUERY
            SELECT own.mail_id
            FROM (SELECT DISTINCT a.mail_id FROM crm.mail_access a
                  WHERE a.scope_id = ANY (scopes) AND (before IS NULL OR a.mail_id < before)) AS own
            WHERE EXISTS (SELECT FROM crm.mail_search m WHERE m.mail_id = own.mail_id AND m.words @@ wanted OFFSET 0)
            ORDER BY own.mail_id DESC
            LIMIT most;
        RETURN;
    END IF;
    first := (SELECT min(to_timestamp(substring(inhrelid::regclass::text FROM '[0-9]{4}_[0-9]{2}$'), 'YYYY_MM'))
              FROM pg_inherits WHERE inhparent = 'crm.mail_search'::regclass);
    WHILE found < most AND month >= first LOOP
        IF before IS NULL OR crm.id_floor(month) < before THEN
            RETURN QUERY
                SELECT m.mail_id
                FROM crm.mail_search m
                WHERE m.mail_id >= crm.id_floor(month) AND m.mail_id < crm.id_floor(month + interval '1 month')
                  AND (before IS NULL OR m.mail_id < before)
                  AND m.words @@ wanted
                  AND (all_of_it OR EXISTS (SELECT FROM crm.mail_access a
                                            WHERE a.mail_id = m.mail_id AND a.scope_id = ANY (scopes)))
                ORDER BY m.mail_id DESC
                LIMIT most - found;
            GET DIAGNOSTICS portion = ROW_COUNT;
            found := found + portion;
        END IF;
        month := month - interval '1 month';
    END LOOP;
END
$$;

-- As V021 has it, but of the months only those that the mails lie in: otherwise each intake opens all of them.
CREATE OR REPLACE FUNCTION crm.refresh_access(mails uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

-- What goes out about a contact follows a merge, as what stands on it does. Whose letter it is does not matter: it is
-- about a contact that the caller has. What is given, goes back; otherwise everything.
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.outbox FOR EACH ROW
    WHEN (NEW.contact_id IS NOT NULL) EXECUTE FUNCTION crm.follow_merge();
CREATE FUNCTION crm.move_outbox(source uuid, target uuid, these uuid[]) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
COMMENT ON FUNCTION crm.move_outbox(uuid, uuid, uuid[]) IS
    'Has what goes out about one contact stand on another, both of which the caller sees; returns what moved.';

REVOKE EXECUTE ON FUNCTION crm.move_outbox(uuid, uuid, uuid[]), crm.sees_all_cards(name), crm.contacts_with(text, integer), crm.contacts_named(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.move_outbox(uuid, uuid, uuid[]), crm.contacts_with(text, integer), crm.contacts_named(text, integer) TO crm_user, crm_desk;
