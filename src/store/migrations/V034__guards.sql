-- What a colleague could still break by a client of their own. Policies say which rows one may write; this says
-- which columns, and what may stand in them.
--
-- A right to change a table as a whole also is one to lock it as a whole. So users change columns, and none of
-- those that say what a row is, who made it and when. What names a card names one that the writer sees. Numbers
-- of codes are given by functions alone: a number that is used up or taken in advance would stop the next
-- mail that opens a record.

DO $$
DECLARE
    writable record;
BEGIN
    FOR writable IN SELECT * FROM (VALUES
        ('users', 'name, role, office_id, language, inbox_permission, deactivated_at'),
        ('office', 'name, coordinator_id'), ('team', 'name'), ('team_member', NULL),
        ('user_sasl_login', NULL), ('user_client_address', NULL), ('user_certificate', NULL), ('user_address', 'position'),
        ('origin', 'names, icon'), ('contact_type', 'names, position'), ('stage', 'name, position'),
        ('contact', 'is_company, type, name, company, job_title, language, interests, origin, owner_id, office_id, stars,
            colour, emoji, stage_id, state, merged_into, updated_at'),
        ('contact_address', 'contact_id, shared, position'), ('contact_phone', 'contact_id, shared, position'),
        ('contact_relation', 'job_title'), ('contact_merge', 'undone_at'),
        ('record', 'external_reference, title, state, stage_id, owner_id, office_id, origin, amount, currency, fields,
            converted_at, updated_at'),
        ('record_party', 'role'),
        ('ticket', 'subject, status, priority, contact_id, record_id, owner_id, office_id, updated_at'),
        ('mail_handling', 'owner_id, locked_at'), ('consent', 'contact_id, withdrawn_at'),
        ('block', 'contact_id, scope, reason, removed_by, removed_at'),
        ('address_state', 'soft_failures, off_at, reason, mail_id, off_by, reactivated_at, reactivated_by'))
        AS w (name, columns) LOOP
        EXECUTE format('REVOKE UPDATE ON crm.%I FROM crm_user', writable.name);
        IF writable.columns IS NOT NULL THEN
            EXECUTE format('GRANT UPDATE (%s) ON crm.%I TO crm_user', writable.columns, writable.name);
        END IF;
    END LOOP;
END
$$;
REVOKE INSERT, UPDATE ON crm.series FROM crm_user;
REVOKE UPDATE (last) ON crm.series FROM crm_user;

-- The next numbers of each series, so many of it; the last one of them comes back with its year. Series are taken
-- in their order, so that two transactions do not block each other.
CREATE FUNCTION crm.allot(prefixes text[], yearly boolean[], wanted bigint[])
    RETURNS TABLE (prefix text, year smallint, last bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
COMMENT ON FUNCTION crm.allot(text[], boolean[], bigint[]) IS 'Gives the next numbers of series.';

-- A number that was given by hand is not given again. Far below the end of what a number can be, as the next one
-- must still be there.
CREATE FUNCTION crm.advance_series(prefix text, number bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF number NOT BETWEEN 1 AND 999999999 THEN
        RAISE EXCEPTION 'the number of a code given by hand has at most nine digits' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO crm.series AS s (prefix, year, last) VALUES (advance_series.prefix, 0, number)
    ON CONFLICT ON CONSTRAINT series_pkey DO UPDATE SET last = greatest(s.last, excluded.last);
END
$$;
COMMENT ON FUNCTION crm.advance_series(text, bigint) IS 'Has a series go on behind a number that was given by hand.';

-- A user's record or ticket has a code whose number was given, not one that a mail is going to need.
CREATE FUNCTION crm.guard_code() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
$$;

-- Who made something is who is at it.
CREATE FUNCTION crm.guard_maker() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

-- What a user's row names anew, its writer sees. Not a definer's: it asks as the caller.
CREATE FUNCTION crm.guard_named() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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

-- A contact is merged into one that is none itself: what follows merges comes to an end. The lock has two that are
-- merged into each other at once wait for each other.
CREATE FUNCTION crm.guard_merge() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM crm.contact c WHERE c.id = NEW.merged_into AND c.id <> NEW.id AND c.merged_into IS NULL FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'contact % cannot be merged into %: that is itself, merged, or not yours to see', NEW.id, NEW.merged_into
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;

-- Mail of an address that two contacts have stands on neither and is for all who look after the inbox. So nobody
-- has it shared behind the back of who has it.
CREATE FUNCTION crm.address_holders(address_digest bytea) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    RETURN (SELECT count(*) FROM crm.contact_address
            WHERE digest = address_digest AND NOT shared OR digest = address_digest AND shared);
CREATE FUNCTION crm.guard_shared() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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

DO $$
DECLARE
    guard record;
BEGIN
    FOR guard IN SELECT * FROM (VALUES
        ('record', 'guard_code', 'INSERT', ''), ('ticket', 'guard_code', 'INSERT', ''),
        ('contact', 'guard_maker', 'INSERT', ''), ('record', 'guard_maker', 'INSERT', ''),
        ('ticket', 'guard_maker', 'INSERT', ''), ('consent', 'guard_maker', 'INSERT', ''),
        ('contact_merge', 'guard_maker', 'INSERT', ''),
        ('intake', 'guard_maker', 'UPDATE', ' AND (NEW.resolved_at, NEW.resolved_by) IS DISTINCT FROM (OLD.resolved_at, OLD.resolved_by)'),
        ('block', 'guard_maker', 'UPDATE', ' AND (NEW.removed_at, NEW.removed_by) IS DISTINCT FROM (OLD.removed_at, OLD.removed_by)'),
        -- Behind follow_merge, by their names: what counts is where it ends.
        ('record', 'guard_named', 'INSERT', ''), ('ticket', 'guard_named', 'INSERT OR UPDATE OF contact_id, record_id', ''),
        ('note', 'guard_named', 'UPDATE OF contact_id', ''), ('task', 'guard_named', 'UPDATE OF contact_id', ''),
        ('activity', 'guard_named', 'UPDATE OF contact_id', ''),
        ('notification', 'guard_named', 'INSERT OR UPDATE OF contact_id', ''),
        ('contact_address', 'guard_shared', 'INSERT OR UPDATE OF shared', ' AND NEW.shared'),
        ('contact', 'guard_merge', 'INSERT OR UPDATE OF merged_into', ' AND NEW.merged_into IS NOT NULL'))
        AS g (guarded, name, event, more) LOOP
        EXECUTE format('CREATE TRIGGER %1$I BEFORE %2$s ON crm.%3$I FOR EACH ROW
            WHEN (current_user <> ''crm_daemon''%4$s) EXECUTE FUNCTION crm.%1$I()', guard.name, guard.event, guard.guarded, guard.more);
    END LOOP;
END
$$;

-- As V029 has it; but a merge lets only those links of a locked mail go that are on the other contact then.
CREATE OR REPLACE FUNCTION crm.guard_link() RETURNS trigger
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

REVOKE EXECUTE ON FUNCTION crm.allot(text[], boolean[], bigint[]), crm.advance_series(text, bigint), crm.guard_code(),
    crm.guard_maker(), crm.guard_named(), crm.guard_merge(), crm.address_holders(bytea), crm.guard_shared() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.allot(text[], boolean[], bigint[]) TO crm_user, crm_desk, crm_daemon;
GRANT EXECUTE ON FUNCTION crm.advance_series(text, bigint) TO crm_user, crm_desk;
-- The daemon may log in as a role of another name, for which the guards are asked.
GRANT EXECUTE ON FUNCTION crm.address_holders(bytea) TO crm_user, crm_desk, crm_daemon;
GRANT EXECUTE ON FUNCTION crm.me(), crm.sees(uuid, uuid, uuid, uuid) TO crm_daemon;

-- What stands on a card is found with the card: addresses, links, notes and whatever else has no id of its own or
-- another one.
CREATE FUNCTION crm.audit_card(key jsonb, change jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(key ->> 'contact_id', change ->> 'contact_id', key ->> 'record_id', change ->> 'record_id',
                    key ->> 'ticket_id', change ->> 'ticket_id', key ->> 'mail_id', change ->> 'mail_id');
COMMENT ON FUNCTION crm.audit_card(jsonb, jsonb) IS 'Id of the card that the changed row stood on; null for cards themselves.';
CREATE INDEX audit_card ON crm.audit (crm.audit_card(key, change), id) WHERE crm.audit_card(key, change) IS NOT NULL;
REVOKE EXECUTE ON FUNCTION crm.audit_card(jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.audit_card(jsonb, jsonb) TO crm_user, crm_desk;

-- A user who merges moves what they see. How much stays on the old contact they are told, not what it is, and of
-- contacts only that are merged away and that they see.
CREATE FUNCTION crm.left_by_merge(merged uuid) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
COMMENT ON FUNCTION crm.left_by_merge(uuid) IS
    'How many mails, records, tickets, notes, tasks, activities and consents a merge of the caller''s left on the old contact.';
REVOKE EXECUTE ON FUNCTION crm.left_by_merge(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.left_by_merge(uuid) TO crm_user, crm_desk;
