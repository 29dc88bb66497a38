-- Full-text search of mail, and views for programs that report.

-- The configuration of a mail's language; `simple` where PostgreSQL has no stemmer for it.
CREATE FUNCTION crm.words_of(language text) RETURNS regconfig
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE left(lower(language), 2)
        WHEN 'ar' THEN 'pg_catalog.arabic'::regconfig
        WHEN 'hy' THEN 'pg_catalog.armenian'::regconfig
        WHEN 'eu' THEN 'pg_catalog.basque'::regconfig
        WHEN 'ca' THEN 'pg_catalog.catalan'::regconfig
        WHEN 'da' THEN 'pg_catalog.danish'::regconfig
        WHEN 'nl' THEN 'pg_catalog.dutch'::regconfig
        WHEN 'en' THEN 'pg_catalog.english'::regconfig
        WHEN 'fi' THEN 'pg_catalog.finnish'::regconfig
        WHEN 'fr' THEN 'pg_catalog.french'::regconfig
        WHEN 'de' THEN 'pg_catalog.german'::regconfig
        WHEN 'el' THEN 'pg_catalog.greek'::regconfig
        WHEN 'hi' THEN 'pg_catalog.hindi'::regconfig
        WHEN 'hu' THEN 'pg_catalog.hungarian'::regconfig
        WHEN 'id' THEN 'pg_catalog.indonesian'::regconfig
        WHEN 'ga' THEN 'pg_catalog.irish'::regconfig
        WHEN 'it' THEN 'pg_catalog.italian'::regconfig
        WHEN 'lt' THEN 'pg_catalog.lithuanian'::regconfig
        WHEN 'ne' THEN 'pg_catalog.nepali'::regconfig
        WHEN 'no' THEN 'pg_catalog.norwegian'::regconfig
        WHEN 'nb' THEN 'pg_catalog.norwegian'::regconfig
        WHEN 'pt' THEN 'pg_catalog.portuguese'::regconfig
        WHEN 'ro' THEN 'pg_catalog.romanian'::regconfig
        WHEN 'ru' THEN 'pg_catalog.russian'::regconfig
        WHEN 'sr' THEN 'pg_catalog.serbian'::regconfig
        WHEN 'es' THEN 'pg_catalog.spanish'::regconfig
        WHEN 'sv' THEN 'pg_catalog.swedish'::regconfig
        WHEN 'ta' THEN 'pg_catalog.tamil'::regconfig
        WHEN 'tr' THEN 'pg_catalog.turkish'::regconfig
        WHEN 'yi' THEN 'pg_catalog.yiddish'::regconfig
        ELSE 'pg_catalog.simple'::regconfig END;

-- Words of a mail, as written and as its language's stems. A tsvector holds 1 MB, and one that is too long is
-- an error, which must not keep a mail out: of a text the first 50,000 characters are searched.
CREATE FUNCTION crm.mail_words(language text, subject text, text text, note text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT to_tsvector('pg_catalog.simple'::regconfig, d.words)
            || CASE WHEN crm.words_of(language) = 'pg_catalog.simple'::regconfig THEN ''::tsvector
                    ELSE to_tsvector(crm.words_of(language), d.words) END
        FROM (SELECT coalesce(left(subject, 1000), '') || E'\n' || coalesce(left(note, 5000), '') || E'\n'
                || left(text, 50000) AS words) AS d;
    END;

-- Working out the words takes several times as long as storing a mail. So it is done after that, by whichever
-- node has time, and the words stand beside the mail, which never changes.
CREATE TABLE crm.mail_search (
    mail_id uuid PRIMARY KEY,
    words tsvector NOT NULL
) PARTITION BY RANGE (mail_id);
CREATE INDEX mail_search_words ON crm.mail_search USING gin (words);
CREATE TABLE crm.search_queue (
    mail_id uuid PRIMARY KEY
);

CREATE FUNCTION crm.queue_search() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO crm.search_queue SELECT DISTINCT mail_id FROM changed
    WHERE mail_id IS NOT NULL AND outcome <> 'duplicate' ORDER BY mail_id ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER search AFTER INSERT ON crm.intake
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.queue_search();
INSERT INTO crm.search_queue SELECT id FROM crm.mail;

CREATE FUNCTION crm.index_mails(most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
COMMENT ON FUNCTION crm.index_mails(integer) IS 'Makes so many of the waiting mails searchable, the newest first; returns how many it took.';

-- As V008 has it, with the words.
CREATE OR REPLACE FUNCTION crm.ensure_partitions() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
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
$$;

-- `@@` is not leakproof: under row-level security it would be asked only of rows that were read and found
-- visible, of all of them. So the search is the owner's and applies what its caller sees itself. The caller
-- is the role that the session has taken on; see crm.caller().
--
-- The words are looked for as written, and as stems of the caller's language or of the one that is given. A few
-- mails that wait for their words are seen to first, so that what came a moment ago is found.
-- Month by month backwards, so that a frequent word ends with the first months that fill the page.
CREATE FUNCTION crm.search_mail(query text, most integer DEFAULT 50, before uuid DEFAULT NULL, language text DEFAULT NULL)
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
COMMENT ON FUNCTION crm.search_mail(text, integer, uuid, text) IS
    'Mails with these words that the caller may see, the newest first: search_mail(''words "a phrase" -without'', 50).';

-- Views. They show what their reader may see (security_invoker). Columns are added at the end and never
-- change; crm-milter-views(7) is made from these comments.
CREATE VIEW crm.crm_users WITH (security_invoker = true) AS
SELECT u.id AS user_id, u.login, u.name, u.role, o.name AS office, u.created_at, u.deactivated_at
FROM crm.users u
LEFT JOIN crm.office o ON o.id = u.office_id;
COMMENT ON VIEW crm.crm_users IS 'Colleagues.';
COMMENT ON COLUMN crm.crm_users.user_id IS 'Key.';
COMMENT ON COLUMN crm.crm_users.login IS 'Short unique name.';
COMMENT ON COLUMN crm.crm_users.name IS 'Name for people.';
COMMENT ON COLUMN crm.crm_users.role IS 'administrator, coordinator or agent.';
COMMENT ON COLUMN crm.crm_users.office IS 'Name of the office.';
COMMENT ON COLUMN crm.crm_users.created_at IS 'When the user was added.';
COMMENT ON COLUMN crm.crm_users.deactivated_at IS 'When the user was deactivated; null for active ones.';

CREATE VIEW crm.crm_contacts WITH (security_invoker = true) AS
SELECT c.id AS contact_id, c.name, c.is_company, c.company, c.type, c.state, s.name AS stage, c.language, c.interests,
    c.origin, c.stars, u.login AS owner, o.name AS office,
    (SELECT a.address FROM crm.contact_address a WHERE a.contact_id = c.id
     ORDER BY a.position, a.created_at, a.address LIMIT 1) AS main_address,
    (SELECT p.number FROM crm.contact_phone p WHERE p.contact_id = c.id
     ORDER BY p.position, p.created_at, p.number LIMIT 1) AS main_phone,
    c.created_at, c.updated_at, c.merged_into
FROM crm.contact c
LEFT JOIN crm.stage s ON s.id = c.stage_id
LEFT JOIN crm.users u ON u.id = c.owner_id
LEFT JOIN crm.office o ON o.id = c.office_id;
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

CREATE VIEW crm.crm_records WITH (security_invoker = true) AS
SELECT r.id AS record_id, r.code, r.kind, r.title, r.state, s.name AS stage, r.external_reference, r.origin,
    u.login AS owner, o.name AS office, r.amount, r.currency, r.parent_id, r.created_at, r.updated_at, r.closed_at
FROM crm.record r
LEFT JOIN crm.stage s ON s.id = r.stage_id
LEFT JOIN crm.users u ON u.id = r.owner_id
LEFT JOIN crm.office o ON o.id = r.office_id;
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

CREATE VIEW crm.crm_tickets WITH (security_invoker = true) AS
SELECT t.id AS ticket_id, t.code, t.subject, t.status, t.priority, t.inbox, t.contact_id, t.record_id,
    u.login AS owner, o.name AS office, t.created_at, t.updated_at, t.solved_at, t.closed_at
FROM crm.ticket t
LEFT JOIN crm.users u ON u.id = t.owner_id
LEFT JOIN crm.office o ON o.id = t.office_id;
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

CREATE VIEW crm.crm_mails WITH (security_invoker = true) AS
SELECT m.id AS mail_id, m.direction, m.source, m.sent_at, m.received_at, m.recorded_at, m.mail_from, m.message_id,
    m.subject, m.language, m.size, u.login AS filed_by,
    (SELECT coalesce(p.canonical, p.address) FROM crm.party p WHERE p.mail_id = m.id AND p.role = 'from'
     ORDER BY p.position LIMIT 1) AS author,
    ARRAY(SELECT l.contact_id FROM crm.link l WHERE l.mail_id = m.id AND l.contact_id IS NOT NULL ORDER BY 1) AS contact_ids,
    ARRAY(SELECT l.record_id FROM crm.link l WHERE l.mail_id = m.id AND l.record_id IS NOT NULL ORDER BY 1) AS record_ids,
    ARRAY(SELECT l.ticket_id FROM crm.link l WHERE l.mail_id = m.id AND l.ticket_id IS NOT NULL ORDER BY 1) AS ticket_ids
FROM crm.mail m
LEFT JOIN crm.users u ON u.id = m.filed_by;
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

CREATE VIEW crm.crm_intakes WITH (security_invoker = true) AS
SELECT i.id AS intake_id, i.mail_id, i.inbox, i.detail, i.outcome, i.reason, i.cause, i.assignment, u.login AS submitted_by,
    w.login AS owner, i.door, i.queue_id, i.received_at, i.recorded_at, i.mail_from, i.subject, i.resolved_at,
    r.login AS resolved_by, i.resolution
FROM crm.intake i
LEFT JOIN crm.users u ON u.id = i.user_id
LEFT JOIN crm.users w ON w.id = i.owner_id
LEFT JOIN crm.users r ON r.id = i.resolved_by;
COMMENT ON VIEW crm.crm_intakes IS 'What reached the inboxes, and what came of it.';
COMMENT ON COLUMN crm.crm_intakes.intake_id IS 'Key; in the order of recording.';
COMMENT ON COLUMN crm.crm_intakes.mail_id IS 'Mail; see crm_mails. Null where none was stored.';
COMMENT ON COLUMN crm.crm_intakes.inbox IS 'Key of the inbox.';
COMMENT ON COLUMN crm.crm_intakes.detail IS 'What stood behind the plus sign of the address.';
COMMENT ON COLUMN crm.crm_intakes.outcome IS 'recorded, duplicate, internal, spam, automatic, bounce, blocked, unresolved or failed.';
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

REVOKE EXECUTE ON FUNCTION crm.words_of(text), crm.mail_words(text, text, text, text), crm.queue_search(),
    crm.index_mails(integer),
    crm.search_mail(text, integer, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.index_mails(integer) TO crm_daemon;
GRANT EXECUTE ON FUNCTION crm.search_mail(text, integer, uuid, text) TO crm_desk, crm_user;
GRANT SELECT ON crm.crm_users, crm.crm_contacts, crm.crm_records, crm.crm_tickets, crm.crm_mails, crm.crm_intakes
    TO crm_user, crm_desk;
