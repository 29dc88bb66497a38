-- Mail goes after the days that its inbox says. The configuration says them (`retention_days`), each node sees to it.
--
-- A mail goes when all inboxes that it reached have days and all of these have passed since it was recorded: one inbox
-- that keeps longer, or for ever, keeps it. What stands on an open ticket or record stays until that ends, and what a
-- user has locked until it is unlocked. With the mail go its lines, notes, news and links; a line without a mail goes
-- by its own age. Fewer than 30 days are refused here as well, so that neither a slip nor a stolen login of a node
-- empties an inbox of what is new.
--
-- Rows are deleted in batches; of partitions only empty ones are dropped. Of what went the audit has the numbers.

CREATE INDEX intake_duplicate ON crm.intake (mail_id) WHERE mail_id IS NOT NULL AND outcome = 'duplicate';
CREATE INDEX notification_mail ON crm.notification (mail_id) WHERE mail_id IS NOT NULL;

-- Which of these mails no rule keeps any longer.
CREATE FUNCTION crm.outlived(mails uuid[], keys text[], days integer[]) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
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

-- Deletes mails with all that hangs on them. Needs its caller's right.
CREATE FUNCTION crm.delete_mails(mails uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
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

-- One batch: of the lines of an inbox behind `after` so many, with their mails. Returns the last line looked at, null
-- at the end, and how many mails and lines went, or would go.
CREATE FUNCTION crm.retain(keys text[], days integer[], inbox text, after uuid, most integer, preview boolean,
                           OUT last uuid, OUT mails bigint, OUT lines bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
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
COMMENT ON FUNCTION crm.retain(text[], integer[], text, uuid, integer, boolean) IS
    'Deletes a batch of an inbox''s mail that outlived the days of all its inboxes: keys and days of the inboxes, the inbox, the line to go on behind, most lines, whether only to count.';

-- Drops the months, but the current one and the last, of which nothing is left.
CREATE FUNCTION crm.drop_empty_partitions() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s'
    SET enable_seqscan = on AS $$
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
$$;
COMMENT ON FUNCTION crm.drop_empty_partitions() IS 'Drops partitions of past months of which nothing is left; returns how many.';

REVOKE EXECUTE ON FUNCTION crm.outlived(uuid[], text[], integer[]), crm.delete_mails(uuid[]),
    crm.retain(text[], integer[], text, uuid, integer, boolean), crm.drop_empty_partitions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.retain(text[], integer[], text, uuid, integer, boolean), crm.drop_empty_partitions()
    TO crm_daemon, crm_administrator;
