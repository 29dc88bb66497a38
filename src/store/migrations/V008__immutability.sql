-- A stored mail never changes: the database refuses it to everybody, its owner and superusers included.
--
-- The one way is an audited erasure: a row of `erasure`, made in the same transaction, that names the mail
-- or the attachment's content. Nobody may insert such rows but functions of the owner. The triggers are
-- ENABLE ALWAYS, so that `session_replication_role` does not switch them off. TRUNCATE is never allowed.
-- Dropping an empty partition is what remains to the owner.

CREATE TABLE crm.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Who: the database's role, and the user on whose behalf.
    db_role text NOT NULL DEFAULT session_user,
    user_id uuid,
    action text NOT NULL,
    entity text NOT NULL,
    entity_id uuid,
    change jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_entity ON crm.audit (entity_id, id);

CREATE TABLE crm.erasure (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    db_role text NOT NULL DEFAULT session_user,
    user_id uuid,
    reason text NOT NULL,
    mail_id uuid,
    sha256 bytea,
    CHECK (num_nonnulls(mail_id, sha256) = 1)
);
CREATE INDEX erasure_mail ON crm.erasure (mail_id);
CREATE INDEX erasure_content ON crm.erasure (sha256);

CREATE FUNCTION crm.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

DO $$
DECLARE
    guarded record;
BEGIN
    FOR guarded IN
        SELECT * FROM (VALUES ('mail', 'id'), ('mail_raw', 'mail_id'), ('party', 'mail_id'),
            ('attachment', 'mail_id'), ('attachment_content', 'sha256')) AS g(name, key)
    LOOP
        EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON crm.%I
            FOR EACH ROW EXECUTE FUNCTION crm.refuse_change(%L)', guarded.name, guarded.key);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON crm.%I
            FOR EACH STATEMENT EXECUTE FUNCTION crm.refuse_change()', guarded.name);
        EXECUTE format('ALTER TABLE crm.%I ENABLE ALWAYS TRIGGER refuse_change', guarded.name);
        EXECUTE format('ALTER TABLE crm.%I ENABLE ALWAYS TRIGGER refuse_truncate', guarded.name);
    END LOOP;
END
$$;

-- Makes the partitions of this month and the three coming ones. The day before now counts as well, as a
-- node's clock may be behind at the turn of a month. A partition is made apart and attached: that lets
-- inserts into the others go on.
CREATE FUNCTION crm.ensure_partitions() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    parent text;
    child text;
    month timestamptz;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('crm.ensure_partitions'));
    FOREACH parent IN ARRAY ARRAY['mail', 'mail_raw', 'party', 'attachment'] LOOP
        FOR month IN
            SELECT generate_series(date_trunc('month', now() - interval '1 day'),
                                   date_trunc('month', now()) + interval '3 months', interval '1 month')
        LOOP
            child := parent || to_char(month, '_YYYY_MM');
            IF to_regclass(format('crm.%I', child)) IS NULL THEN
                EXECUTE format('CREATE TABLE crm.%I (LIKE crm.%I INCLUDING ALL)', child, parent);
                EXECUTE format('ALTER TABLE crm.%I ATTACH PARTITION crm.%I FOR VALUES FROM (%L) TO (%L)',
                    parent, child, crm.id_floor(month), crm.id_floor(month + interval '1 month'));
                -- Row triggers are cloned by ATTACH, statement triggers are not.
                EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON crm.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION crm.refuse_change()', child);
                EXECUTE format('ALTER TABLE crm.%I ENABLE ALWAYS TRIGGER refuse_change', child);
                EXECUTE format('ALTER TABLE crm.%I ENABLE ALWAYS TRIGGER refuse_truncate', child);
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;
