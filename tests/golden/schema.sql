CREATE SCHEMA crm;
ALTER SCHEMA crm OWNER TO crm_owner;
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
CREATE FUNCTION crm.contact_type_keep_built_in() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION 'the type % is built in and stays', OLD.key USING ERRCODE = 'integrity_constraint_violation';
END
$$;
ALTER FUNCTION crm.contact_type_keep_built_in() OWNER TO crm_owner;
CREATE FUNCTION crm.digest(value text) RETURNS bytea
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN sha256(convert_to(value, 'UTF8'::name));
ALTER FUNCTION crm.digest(value text) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.digest(value text) IS 'SHA-256 of a text: the key under which it is unique and found.';
CREATE FUNCTION crm.ensure_partitions() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $$
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
ALTER FUNCTION crm.ensure_partitions() OWNER TO crm_owner;
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
    RETURN (rpad(lpad(to_hex((floor((EXTRACT(epoch FROM moment) * (1000)::numeric)))::bigint), 12, '0'::text), 32, '0'::text))::uuid;
ALTER FUNCTION crm.id_floor(moment timestamp with time zone) OWNER TO crm_owner;
COMMENT ON FUNCTION crm.id_floor(moment timestamp with time zone) IS 'The smallest UUIDv7 of that moment: bounds of partitions and of time ranges over ids.';
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
CREATE FUNCTION crm.origin_keep_built_in() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION 'the origin % is built in and stays', OLD.key USING ERRCODE = 'integrity_constraint_violation';
END
$$;
ALTER FUNCTION crm.origin_keep_built_in() OWNER TO crm_owner;
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
CREATE FUNCTION crm.tell() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_notify(TG_ARGV[0], '');
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.tell() OWNER TO crm_owner;
CREATE FUNCTION crm.tell_added_address() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM crm.tell_digests('crm_contact_address', ARRAY(SELECT digest FROM added LIMIT 10001));
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.tell_added_address() OWNER TO crm_owner;
CREATE FUNCTION crm.tell_added_code() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM crm.tell_digests('crm_code', ARRAY(SELECT crm.digest(code) FROM added LIMIT 10001));
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.tell_added_code() OWNER TO crm_owner;
CREATE FUNCTION crm.tell_block() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_notify('crm_block', '');
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.tell_block() OWNER TO crm_owner;
CREATE FUNCTION crm.tell_block_of_contact() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM crm.block
               WHERE kind = 'contact' AND removed_at IS NULL
                 AND contact_id IN (SELECT contact_id FROM changed)) THEN
        PERFORM pg_notify('crm_block', '');
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION crm.tell_block_of_contact() OWNER TO crm_owner;
CREATE FUNCTION crm.tell_digests(channel text, digests bytea[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF cardinality(digests) > 10000 THEN
        PERFORM pg_notify(channel, '');
    ELSE
        PERFORM pg_notify(channel, portion.payload)
        FROM (SELECT string_agg(encode(d.digest, 'hex'), '') AS payload
              FROM unnest(digests) WITH ORDINALITY AS d (digest, n)
              GROUP BY (d.n - 1) / 100) AS portion;
    END IF;
END
$$;
ALTER FUNCTION crm.tell_digests(channel text, digests bytea[]) OWNER TO crm_owner;
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
    CONSTRAINT address_state_reason_check CHECK ((reason = ANY (ARRAY['bounce'::text, 'full'::text, 'complaint'::text, 'unsubscribe'::text, 'hand'::text])))
);
ALTER TABLE crm.address_state OWNER TO crm_owner;
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
    change jsonb DEFAULT '{}'::jsonb NOT NULL
);
ALTER TABLE crm.audit OWNER TO crm_owner;
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
    CONSTRAINT intake_outcome_check CHECK ((outcome = ANY (ARRAY['recorded'::text, 'duplicate'::text, 'internal'::text, 'spam'::text, 'automatic'::text, 'bounce'::text, 'blocked'::text, 'unresolved'::text, 'failed'::text])))
);
ALTER TABLE crm.intake OWNER TO crm_owner;
CREATE TABLE crm.lead_count (
    key text NOT NULL,
    hour timestamp with time zone NOT NULL,
    leads integer NOT NULL
);
ALTER TABLE crm.lead_count OWNER TO crm_owner;
CREATE TABLE crm.link (
    mail_id uuid NOT NULL,
    contact_id uuid,
    record_id uuid,
    ticket_id uuid,
    how text DEFAULT 'rule'::text NOT NULL,
    linked_by uuid,
    linked_at timestamp with time zone DEFAULT now() NOT NULL,
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
    CONSTRAINT mail_direction_check CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text]))),
    CONSTRAINT mail_source_check CHECK ((source = ANY (ARRAY['assistant-bcc'::text, 'assistant-forward'::text, 'inbox'::text, 'capture'::text, 'desk'::text, 'import'::text, 'api'::text])))
)
PARTITION BY RANGE (id);
ALTER TABLE crm.mail OWNER TO crm_owner;
CREATE TABLE crm.mail_handling (
    mail_id uuid NOT NULL,
    owner_id uuid,
    locked_at timestamp with time zone,
    locked_by uuid
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
    CONSTRAINT notification_check CHECK ((num_nonnulls(contact_id, record_id, ticket_id) <= 1))
);
ALTER TABLE crm.notification OWNER TO crm_owner;
CREATE TABLE crm.office (
    id uuid NOT NULL,
    name text NOT NULL,
    coordinator_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE crm.office OWNER TO crm_owner;
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
    CONSTRAINT outbox_kind_check CHECK ((kind = ANY (ARRAY['reply'::text, 'notice'::text, 'comment'::text, 'letter'::text]))),
    CONSTRAINT outbox_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'dead'::text, 'cancelled'::text])))
);
ALTER TABLE crm.outbox OWNER TO crm_owner;
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
CREATE TABLE crm.queue (
    inbox text NOT NULL,
    served uuid[] DEFAULT '{}'::uuid[] NOT NULL
);
ALTER TABLE crm.queue OWNER TO crm_owner;
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
CREATE TABLE crm.record_party (
    record_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    role text
);
ALTER TABLE crm.record_party OWNER TO crm_owner;
CREATE TABLE crm.schema_history (
    version integer NOT NULL,
    name character varying(255),
    applied_on character varying(255),
    checksum character varying(255)
);
ALTER TABLE crm.schema_history OWNER TO crm_owner;
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
CREATE TABLE crm.stage (
    id uuid NOT NULL,
    contact_type text,
    record_kind text,
    name text NOT NULL,
    "position" smallint DEFAULT 0 NOT NULL,
    CONSTRAINT stage_check CHECK ((num_nonnulls(contact_type, record_kind) = 1))
);
ALTER TABLE crm.stage OWNER TO crm_owner;
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
CREATE TABLE crm.team_member (
    team_id uuid NOT NULL,
    user_id uuid NOT NULL
);
ALTER TABLE crm.team_member OWNER TO crm_owner;
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
    follows_id uuid,
    CONSTRAINT ticket_code_check CHECK ((code = upper(code))),
    CONSTRAINT ticket_priority_check CHECK ((priority = ANY (ARRAY['low'::text, 'normal'::text, 'high'::text, 'urgent'::text]))),
    CONSTRAINT ticket_status_check CHECK ((status = ANY (ARRAY['new'::text, 'open'::text, 'pending'::text, 'on_hold'::text, 'solved'::text, 'closed'::text])))
);
ALTER TABLE crm.ticket OWNER TO crm_owner;
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
ALTER TABLE ONLY crm.erasure
    ADD CONSTRAINT erasure_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.intake
    ADD CONSTRAINT intake_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.lead_count
    ADD CONSTRAINT lead_count_pkey PRIMARY KEY (key);
ALTER TABLE ONLY crm.mail_handling
    ADD CONSTRAINT mail_handling_pkey PRIMARY KEY (mail_id);
ALTER TABLE ONLY crm.mail_key
    ADD CONSTRAINT mail_key_pkey PRIMARY KEY (fingerprint);
ALTER TABLE ONLY crm.mail
    ADD CONSTRAINT mail_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.mail_raw
    ADD CONSTRAINT mail_raw_pkey PRIMARY KEY (mail_id);
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
ALTER TABLE ONLY crm.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.party
    ADD CONSTRAINT party_pkey PRIMARY KEY (mail_id, "position");
ALTER TABLE ONLY crm.queue
    ADD CONSTRAINT queue_pkey PRIMARY KEY (inbox);
ALTER TABLE ONLY crm.record
    ADD CONSTRAINT record_code_key UNIQUE (code);
ALTER TABLE ONLY crm.record_party
    ADD CONSTRAINT record_party_pkey PRIMARY KEY (record_id, contact_id);
ALTER TABLE ONLY crm.record
    ADD CONSTRAINT record_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm.schema_history
    ADD CONSTRAINT schema_history_pkey PRIMARY KEY (version);
ALTER TABLE ONLY crm.secret
    ADD CONSTRAINT secret_pkey PRIMARY KEY (name);
ALTER TABLE ONLY crm.series
    ADD CONSTRAINT series_pkey PRIMARY KEY (prefix, year);
ALTER TABLE ONLY crm.sighting
    ADD CONSTRAINT sighting_pkey PRIMARY KEY (spool_id);
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
CREATE INDEX activity_mail ON crm.activity USING btree (mail_id) WHERE (mail_id IS NOT NULL);
CREATE INDEX activity_open ON crm.activity USING btree (due_at, id) WHERE (completed_at IS NULL);
CREATE INDEX activity_owner ON crm.activity USING btree (owner_id, due_at) WHERE (completed_at IS NULL);
CREATE INDEX activity_record ON crm.activity USING btree (record_id) WHERE (record_id IS NOT NULL);
CREATE INDEX attachment_content_of ON ONLY crm.attachment USING btree (sha256);
CREATE INDEX audit_entity ON crm.audit USING btree (entity_id, id);
CREATE UNIQUE INDEX block_contact ON crm.block USING btree (contact_id) WHERE ((removed_at IS NULL) AND (kind = 'contact'::text));
CREATE UNIQUE INDEX block_hash ON crm.block USING btree (SUBSTRING(keyed_hash FROM 1 FOR 16)) WHERE ((removed_at IS NULL) AND (kind = 'hash'::text));
CREATE UNIQUE INDEX block_value ON crm.block USING btree (kind, value) WHERE ((removed_at IS NULL) AND (value IS NOT NULL));
CREATE INDEX consent_contact ON crm.consent USING btree (contact_id);
CREATE UNIQUE INDEX contact_address_key ON crm.contact_address USING btree (digest) WHERE (NOT shared);
CREATE INDEX contact_address_shared ON crm.contact_address USING btree (digest) WHERE shared;
CREATE INDEX contact_interests ON crm.contact USING gin (interests);
CREATE INDEX contact_language_list ON crm.contact USING btree (language, id);
CREATE INDEX contact_merge_into ON crm.contact_merge USING btree (into_id, id);
CREATE INDEX contact_merge_of ON crm.contact_merge USING btree (contact_id, id);
CREATE INDEX contact_merged ON crm.contact USING btree (merged_into) WHERE (merged_into IS NOT NULL);
CREATE INDEX contact_name ON crm.contact USING btree (lower("left"(name, 200)) text_pattern_ops);
CREATE INDEX contact_name_list ON crm.contact USING btree (lower("left"(name, 200)), id);
CREATE INDEX contact_origin_list ON crm.contact USING btree (origin, id);
CREATE INDEX contact_owner_list ON crm.contact USING btree (owner_id, id);
CREATE UNIQUE INDEX contact_phone_key ON crm.contact_phone USING btree (digest) WHERE (NOT shared);
CREATE INDEX contact_phone_shared ON crm.contact_phone USING btree (digest) WHERE shared;
CREATE INDEX contact_relation_company ON crm.contact_relation USING btree (company_id);
CREATE INDEX contact_stage_list ON crm.contact USING btree (stage_id, id) WHERE (stage_id IS NOT NULL);
CREATE INDEX contact_stars_list ON crm.contact USING btree (stars, id) WHERE (stars > 0);
CREATE INDEX contact_state_list ON crm.contact USING btree (state, id);
CREATE INDEX contact_type_list ON crm.contact USING btree (type, id);
CREATE INDEX contact_updated_list ON crm.contact USING btree (updated_at, id);
CREATE INDEX erasure_content ON crm.erasure USING btree (sha256);
CREATE INDEX erasure_mail ON crm.erasure USING btree (mail_id);
CREATE INDEX intake_cause ON crm.intake USING btree (cause, id) WHERE ((outcome = 'unresolved'::text) AND (resolved_at IS NULL));
CREATE INDEX intake_inbox ON crm.intake USING btree (inbox, id);
CREATE UNIQUE INDEX intake_route ON crm.intake USING btree (mail_id, inbox, COALESCE(detail, ''::text), COALESCE(user_id, '00000000-0000-0000-0000-000000000000'::uuid), ((outcome = 'spam'::text))) WHERE ((mail_id IS NOT NULL) AND (outcome <> 'duplicate'::text));
CREATE INDEX intake_spool ON crm.intake USING btree (spool_id);
CREATE INDEX intake_unresolved ON crm.intake USING btree (id) WHERE ((outcome = 'unresolved'::text) AND (resolved_at IS NULL));
CREATE UNIQUE INDEX link_contact ON crm.link USING btree (contact_id, mail_id) WHERE (contact_id IS NOT NULL);
CREATE INDEX link_mail ON crm.link USING btree (mail_id);
CREATE UNIQUE INDEX link_record ON crm.link USING btree (record_id, mail_id) WHERE (record_id IS NOT NULL);
CREATE UNIQUE INDEX link_ticket ON crm.link USING btree (ticket_id, mail_id) WHERE (ticket_id IS NOT NULL);
CREATE INDEX note_contact ON crm.note USING btree (contact_id, id) WHERE (contact_id IS NOT NULL);
CREATE INDEX note_mail ON crm.note USING btree (mail_id) WHERE (mail_id IS NOT NULL);
CREATE INDEX note_record ON crm.note USING btree (record_id, id) WHERE (record_id IS NOT NULL);
CREATE INDEX note_ticket ON crm.note USING btree (ticket_id, id) WHERE (ticket_id IS NOT NULL);
CREATE INDEX notification_contact ON crm.notification USING btree (contact_id) WHERE (contact_id IS NOT NULL);
CREATE INDEX notification_new ON crm.notification USING btree (user_id, id) WHERE (seen_at IS NULL);
CREATE INDEX notification_user ON crm.notification USING btree (user_id, id);
CREATE UNIQUE INDEX office_name ON crm.office USING btree (lower(name));
CREATE INDEX outbox_due ON crm.outbox USING btree (next_at) WHERE (state = 'queued'::text);
CREATE INDEX outbox_rcpt ON crm.outbox USING btree (crm.digest(rcpt_to), created_at);
CREATE INDEX party_canonical ON ONLY crm.party USING btree (canonical) WHERE (canonical IS NOT NULL);
CREATE INDEX record_external_reference ON crm.record USING btree (crm.digest(external_reference)) WHERE (external_reference IS NOT NULL);
CREATE INDEX record_owner ON crm.record USING btree (owner_id);
CREATE INDEX record_parent ON crm.record USING btree (parent_id) WHERE (parent_id IS NOT NULL);
CREATE INDEX record_party_contact ON crm.record_party USING btree (contact_id);
CREATE UNIQUE INDEX stage_contact_name ON crm.stage USING btree (contact_type, lower(name)) WHERE (contact_type IS NOT NULL);
CREATE UNIQUE INDEX stage_record_name ON crm.stage USING btree (record_kind, lower(name)) WHERE (record_kind IS NOT NULL);
CREATE INDEX task_assigned ON crm.task USING btree (assigned_to, due_at) WHERE (completed_at IS NULL);
CREATE INDEX task_contact ON crm.task USING btree (contact_id, id) WHERE (contact_id IS NOT NULL);
CREATE INDEX task_open ON crm.task USING btree (due_at, id) WHERE (completed_at IS NULL);
CREATE INDEX task_record ON crm.task USING btree (record_id, id) WHERE (record_id IS NOT NULL);
CREATE INDEX team_member_user ON crm.team_member USING btree (user_id);
CREATE UNIQUE INDEX team_name ON crm.team USING btree (lower(name));
CREATE INDEX ticket_comment_ticket ON crm.ticket_comment USING btree (ticket_id, id);
CREATE INDEX ticket_contact ON crm.ticket USING btree (contact_id);
CREATE INDEX ticket_follows ON crm.ticket USING btree (follows_id) WHERE (follows_id IS NOT NULL);
CREATE INDEX ticket_owner ON crm.ticket USING btree (owner_id);
CREATE INDEX ticket_record ON crm.ticket USING btree (record_id) WHERE (record_id IS NOT NULL);
CREATE INDEX user_address_user ON crm.user_address USING btree (user_id);
CREATE UNIQUE INDEX user_certificate_key ON crm.user_certificate USING btree (crm.digest(issuer), crm.digest(subject));
CREATE INDEX user_certificate_user ON crm.user_certificate USING btree (user_id);
CREATE INDEX user_client_address_user ON crm.user_client_address USING btree (user_id);
CREATE INDEX user_sasl_login_user ON crm.user_sasl_login USING btree (user_id);
CREATE UNIQUE INDEX users_login ON crm.users USING btree (lower(login));
CREATE TRIGGER contact_type_keep_built_in BEFORE DELETE ON crm.contact_type FOR EACH ROW WHEN (old.built_in) EXECUTE FUNCTION crm.contact_type_keep_built_in();
CREATE TRIGGER follow_conversion AFTER INSERT ON crm.link FOR EACH ROW WHEN ((new.record_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_conversion();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.activity FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.consent FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.link FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.note FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.notification FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.record_party FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.task FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON crm.ticket FOR EACH ROW WHEN ((new.contact_id IS NOT NULL)) EXECUTE FUNCTION crm.follow_merge();
CREATE TRIGGER hand_on_block AFTER UPDATE OF merged_into ON crm.contact FOR EACH ROW WHEN ((new.merged_into IS NOT NULL)) EXECUTE FUNCTION crm.hand_on_block_of_contact();
CREATE TRIGGER keep_block BEFORE DELETE ON crm.contact FOR EACH ROW EXECUTE FUNCTION crm.keep_block_of_contact();
CREATE TRIGGER keep_converted BEFORE DELETE OR UPDATE ON crm.link FOR EACH ROW WHEN ((old.record_id IS NOT NULL)) EXECUTE FUNCTION crm.keep_converted_link();
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
CREATE TRIGGER tell_added AFTER INSERT ON crm.contact_address REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_added_address();
CREATE TRIGGER tell_block AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON crm.block FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block();
CREATE TRIGGER tell_block_delete AFTER DELETE ON crm.contact_address REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block_of_contact();
CREATE TRIGGER tell_block_insert AFTER INSERT ON crm.contact_address REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block_of_contact();
CREATE TRIGGER tell_block_moved AFTER UPDATE ON crm.contact_address REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block_of_contact();
CREATE TRIGGER tell_block_update AFTER UPDATE ON crm.contact_address REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block_of_contact();
CREATE TRIGGER tell_changed AFTER UPDATE ON crm.contact_address REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_added_address();
CREATE TRIGGER tell_code AFTER DELETE OR UPDATE OF code OR TRUNCATE ON crm.record FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_code');
CREATE TRIGGER tell_code AFTER DELETE OR UPDATE OF code OR TRUNCATE ON crm.ticket FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_code');
CREATE TRIGGER tell_code_added AFTER INSERT ON crm.record REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_added_code();
CREATE TRIGGER tell_code_added AFTER INSERT ON crm.ticket REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_added_code();
CREATE TRIGGER tell_off_added AFTER INSERT ON crm.address_state FOR EACH ROW WHEN ((new.off_at IS NOT NULL)) EXECUTE FUNCTION crm.tell('crm_address_off');
CREATE TRIGGER tell_off_changed AFTER UPDATE ON crm.address_state FOR EACH ROW WHEN ((((old.off_at IS NULL) <> (new.off_at IS NULL)) OR (old.digest <> new.digest))) EXECUTE FUNCTION crm.tell('crm_address_off');
CREATE TRIGGER tell_off_gone AFTER DELETE OR TRUNCATE ON crm.address_state FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_address_off');
CREATE TRIGGER tell_users AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON crm.user_address FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_users');
CREATE TRIGGER tell_users AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON crm.user_certificate FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_users');
CREATE TRIGGER tell_users AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON crm.user_client_address FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_users');
CREATE TRIGGER tell_users AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON crm.user_sasl_login FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_users');
CREATE TRIGGER tell_users AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON crm.users FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_users');
CREATE TRIGGER ticket_times BEFORE UPDATE ON crm.ticket FOR EACH ROW EXECUTE FUNCTION crm.ticket_times();
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
    ADD CONSTRAINT ticket_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES crm.users(id);
ALTER TABLE ONLY crm.ticket
    ADD CONSTRAINT ticket_record_id_fkey FOREIGN KEY (record_id) REFERENCES crm.record(id);
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
ALTER TABLE crm.note_version ENABLE ROW LEVEL SECURITY;
CREATE POLICY note_version_of_note ON crm.note_version USING ((EXISTS ( SELECT
   FROM crm.note n
  WHERE (n.id = note_version.note_id))));
GRANT USAGE ON SCHEMA crm TO crm_daemon;
GRANT USAGE ON SCHEMA crm TO crm_desk;
REVOKE ALL ON FUNCTION crm.block_key(address text) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.block_key(address text) TO crm_daemon;
GRANT ALL ON FUNCTION crm.block_key(address text) TO crm_desk;
REVOKE ALL ON FUNCTION crm.contact_type_keep_built_in() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.digest(value text) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.digest(value text) TO crm_daemon;
GRANT ALL ON FUNCTION crm.digest(value text) TO crm_desk;
REVOKE ALL ON FUNCTION crm.ensure_partitions() FROM PUBLIC;
GRANT ALL ON FUNCTION crm.ensure_partitions() TO crm_daemon;
REVOKE ALL ON FUNCTION crm.follow_conversion() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.follow_merge() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.hand_on_block_of_contact() FROM PUBLIC;
GRANT SELECT,INSERT ON TABLE crm.contact TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.contact TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.contact_address TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.contact_address TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.contact_phone TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.contact_phone TO crm_desk;
GRANT SELECT ON TABLE crm.users TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.users TO crm_desk;
REVOKE ALL ON FUNCTION crm.holder_owner(address_digest bytea, number_digest bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.holder_owner(address_digest bytea, number_digest bytea) TO crm_desk;
REVOKE ALL ON FUNCTION crm.id_floor(moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.id_floor(moment timestamp with time zone) TO crm_daemon;
GRANT ALL ON FUNCTION crm.id_floor(moment timestamp with time zone) TO crm_desk;
REVOKE ALL ON FUNCTION crm.keep_block_of_contact() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.keep_converted_link() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.link_converted() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.origin_keep_built_in() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.record_times() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.refuse_change() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.tell() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.tell_added_address() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.tell_added_code() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.tell_block() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.tell_block_of_contact() FROM PUBLIC;
REVOKE ALL ON FUNCTION crm.tell_digests(channel text, digests bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION crm.tell_digests(channel text, digests bytea[]) TO crm_daemon;
GRANT ALL ON FUNCTION crm.tell_digests(channel text, digests bytea[]) TO crm_desk;
REVOKE ALL ON FUNCTION crm.ticket_times() FROM PUBLIC;
GRANT SELECT,INSERT ON TABLE crm.activity TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.activity TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.address_state TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.address_state TO crm_desk;
GRANT UPDATE(soft_failures) ON TABLE crm.address_state TO crm_daemon;
GRANT UPDATE(off_at) ON TABLE crm.address_state TO crm_daemon;
GRANT UPDATE(reason) ON TABLE crm.address_state TO crm_daemon;
GRANT UPDATE(mail_id) ON TABLE crm.address_state TO crm_daemon;
GRANT SELECT,INSERT ON TABLE crm.attachment TO crm_daemon;
GRANT SELECT ON TABLE crm.attachment TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.attachment_content TO crm_daemon;
GRANT SELECT ON TABLE crm.attachment_content TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.audit TO crm_daemon;
GRANT SELECT,INSERT ON TABLE crm.audit TO crm_desk;
GRANT SELECT ON TABLE crm.block TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.block TO crm_desk;
GRANT SELECT ON TABLE crm.consent TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.consent TO crm_desk;
GRANT SELECT ON TABLE crm.contact_merge TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.contact_merge TO crm_desk;
GRANT SELECT ON TABLE crm.contact_relation TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.contact_relation TO crm_desk;
GRANT SELECT ON TABLE crm.contact_type TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.contact_type TO crm_desk;
GRANT SELECT ON TABLE crm.erasure TO crm_daemon;
GRANT SELECT ON TABLE crm.erasure TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.intake TO crm_daemon;
GRANT SELECT ON TABLE crm.intake TO crm_desk;
GRANT UPDATE(owner_id) ON TABLE crm.intake TO crm_desk;
GRANT UPDATE(resolved_at) ON TABLE crm.intake TO crm_desk;
GRANT UPDATE(resolved_by) ON TABLE crm.intake TO crm_desk;
GRANT UPDATE(resolution) ON TABLE crm.intake TO crm_desk;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.lead_count TO crm_daemon;
GRANT SELECT ON TABLE crm.lead_count TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.link TO crm_daemon;
GRANT SELECT,INSERT,DELETE ON TABLE crm.link TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.mail TO crm_daemon;
GRANT SELECT ON TABLE crm.mail TO crm_desk;
GRANT SELECT ON TABLE crm.mail_handling TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.mail_handling TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.mail_key TO crm_daemon;
GRANT SELECT ON TABLE crm.mail_key TO crm_desk;
GRANT UPDATE(mail_id) ON TABLE crm.mail_key TO crm_daemon;
GRANT UPDATE(received_at) ON TABLE crm.mail_key TO crm_daemon;
GRANT SELECT,INSERT ON TABLE crm.mail_raw TO crm_daemon;
GRANT SELECT ON TABLE crm.mail_raw TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.message_id_key TO crm_daemon;
GRANT SELECT ON TABLE crm.message_id_key TO crm_desk;
GRANT SELECT ON TABLE crm.note TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.note TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.note_version TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.notification TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.notification TO crm_desk;
GRANT SELECT ON TABLE crm.office TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.office TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.origin TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.origin TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.outbox TO crm_daemon;
GRANT SELECT,INSERT ON TABLE crm.outbox TO crm_desk;
GRANT UPDATE(state) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(state) ON TABLE crm.outbox TO crm_desk;
GRANT UPDATE(attempts) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(next_at) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(next_at) ON TABLE crm.outbox TO crm_desk;
GRANT UPDATE(leased_by) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(leased_until) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(error) ON TABLE crm.outbox TO crm_daemon;
GRANT UPDATE(settled_at) ON TABLE crm.outbox TO crm_daemon;
GRANT SELECT,INSERT ON TABLE crm.party TO crm_daemon;
GRANT SELECT ON TABLE crm.party TO crm_desk;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.queue TO crm_daemon;
GRANT SELECT ON TABLE crm.queue TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.record TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.record TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.record_party TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.record_party TO crm_desk;
GRANT SELECT ON TABLE crm.schema_history TO crm_daemon;
GRANT SELECT ON TABLE crm.schema_history TO crm_desk;
GRANT SELECT ON TABLE crm.secret TO crm_daemon;
GRANT SELECT,INSERT ON TABLE crm.series TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.series TO crm_desk;
GRANT UPDATE(last) ON TABLE crm.series TO crm_daemon;
GRANT SELECT,INSERT,DELETE ON TABLE crm.sighting TO crm_daemon;
GRANT SELECT ON TABLE crm.sighting TO crm_desk;
GRANT SELECT ON TABLE crm.stage TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.stage TO crm_desk;
GRANT SELECT ON TABLE crm.task TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.task TO crm_desk;
GRANT SELECT ON TABLE crm.team TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.team TO crm_desk;
GRANT SELECT ON TABLE crm.team_member TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.team_member TO crm_desk;
GRANT SELECT,INSERT ON TABLE crm.ticket TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.ticket TO crm_desk;
GRANT UPDATE(status) ON TABLE crm.ticket TO crm_daemon;
GRANT UPDATE(updated_at) ON TABLE crm.ticket TO crm_daemon;
GRANT UPDATE(solved_at) ON TABLE crm.ticket TO crm_daemon;
GRANT UPDATE(closed_at) ON TABLE crm.ticket TO crm_daemon;
GRANT SELECT,INSERT ON TABLE crm.ticket_comment TO crm_daemon;
GRANT SELECT,INSERT,UPDATE ON TABLE crm.ticket_comment TO crm_desk;
GRANT SELECT ON TABLE crm.user_address TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.user_address TO crm_desk;
GRANT SELECT ON TABLE crm.user_certificate TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.user_certificate TO crm_desk;
GRANT SELECT ON TABLE crm.user_client_address TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.user_client_address TO crm_desk;
GRANT SELECT ON TABLE crm.user_sasl_login TO crm_daemon;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE crm.user_sasl_login TO crm_desk;
