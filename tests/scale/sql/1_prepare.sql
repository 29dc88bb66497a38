-- What the other steps are made with: how many there are to be, chance, ids, words; months; colleagues; and out of
-- the way for the time of the load: indexes and triggers. The session is a superuser's.
--
-- Settings: scale.contacts, scale.records, scale.mails. Everything follows from them and from the day: two runs on one
-- day make the same.

CREATE SCHEMA scale;

CREATE FUNCTION scale.wanted(name text) RETURNS bigint
    LANGUAGE sql STABLE RETURN current_setting('scale.' || name)::bigint;
-- 0 up to 1: the same for the same row and salt.
CREATE FUNCTION scale.chance(n bigint, salt bigint) RETURNS double precision
    LANGUAGE sql IMMUTABLE RETURN (hashint8extended(n, salt) & 1073741823) / 1073741824.0::float8;
-- One of `most` by chance; the first are taken the more often, the higher the skew.
CREATE FUNCTION scale.pick(n bigint, salt bigint, most bigint, skew integer) RETURNS bigint
    LANGUAGE sql IMMUTABLE RETURN floor(most * pow(scale.chance(n, salt), skew))::bigint;
-- A UUIDv7 of that moment, unique by `n` within a table.
CREATE FUNCTION scale.id(moment timestamptz, n bigint) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    RETURN (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid;
-- The id of a colleague, an office, a stage: the same in every step.
CREATE FUNCTION scale.key(n bigint) RETURNS uuid
    LANGUAGE sql STABLE RETURN scale.id(date_trunc('day', now()), n);
-- The moment of row `n` of `most`: later rows lie closer together, business grew.
CREATE FUNCTION scale.moment(n bigint, most bigint, months integer) RETURNS timestamptz
    LANGUAGE sql STABLE RETURN date_trunc('day', now()) - make_interval(days => 30 * months) * (1 - sqrt(n::float8 / most));

CREATE UNLOGGED TABLE scale.sentence AS
SELECT s AS n, initcap((w.words)[1 + scale.pick(s, 1, cardinality(w.words), 2)]) || ' ' || (
        SELECT string_agg((w.words)[1 + scale.pick(s * 100 + k, 2, cardinality(w.words), 2)], ' ') FROM generate_series(1, 11) AS k)
    || ' ' || (w.rare)[1 + s % 8] || (s / 8) % 512 || '.' AS text
FROM generate_series(0, 4095) AS s,
    (SELECT regexp_split_to_array('the a of and to house we in is garden you for offer on it with that price this be are visit not have or
kitchen please by from as week tomorrow our your contract can if terrace will at about rooms would like see bathroom send
answer two three sunny quiet street centre office call telephone morning afternoon evening Monday Friday key lift floor
parking garage pool beach view sea mountain north south flat studio attic duplex rent sale buy sell bank mortgage deposit
notary signature papers plan photo video map address postcode district heating boiler window door roof wall new old
renovated furnished empty available immediately month year date hour agreed confirmed cancelled moved waiting thanks
regards kindly invoice payment transfer receipt amount tax total discount order delivery repair broken leak urgent
question problem solution request reply attached document number reference client agent team company holiday school
doctor airport station bus metro bicycle dog cat child family student', '\s+') AS words,
        ARRAY['aguila', 'bosque', 'cantera', 'dehesa', 'encina', 'faro', 'golondrina', 'huerta'] AS rare) AS w;
ALTER TABLE scale.sentence ADD PRIMARY KEY (n);

-- Months that lie behind us, made as crm.ensure_partitions makes the coming ones.
DO $$
DECLARE
    parent text;
    child text;
    month timestamptz;
BEGIN
    FOREACH parent IN ARRAY ARRAY['mail', 'mail_raw', 'party', 'attachment', 'mail_search'] LOOP
        FOR month IN SELECT generate_series(date_trunc('month', now() - interval '24 months'), date_trunc('month', now()), interval '1 month') LOOP
            child := parent || to_char(month, '_YYYY_MM');
            CONTINUE WHEN to_regclass(format('crm.%I', child)) IS NOT NULL;
            EXECUTE format('CREATE TABLE crm.%I (LIKE crm.%I INCLUDING ALL)', child, parent);
            EXECUTE format('ALTER TABLE crm.%I OWNER TO crm_owner', child);
            EXECUTE format('ALTER TABLE crm.%I ATTACH PARTITION crm.%I FOR VALUES FROM (%L) TO (%L)',
                parent, child, crm.id_floor(month), crm.id_floor(month + interval '1 month'));
            IF parent <> 'mail_search' THEN
                EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON crm.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION crm.refuse_change()', child);
                EXECUTE format('ALTER TABLE crm.%I ENABLE ALWAYS TRIGGER refuse_change', child);
                EXECUTE format('ALTER TABLE crm.%I ENABLE ALWAYS TRIGGER refuse_truncate', child);
            END IF;
        END LOOP;
    END LOOP;
END
$$;

-- Ten offices, an administrator, five coordinators, forty agents, and two agents who own next to nothing: ann, to whom
-- the list of received mails is open, and eve.
INSERT INTO crm.office (id, name) SELECT scale.key(o), 'Office ' || o FROM generate_series(1, 10) AS o;
INSERT INTO crm.users (id, login, name, role, office_id, inbox_permission, language)
SELECT scale.key(u), login, initcap(login), role, CASE WHEN role <> 'administrator' THEN scale.key(1 + u % 10) END,
    login <> 'eve', 'en'
FROM (SELECT 1 AS u, 'adm' AS login, 'administrator' AS role
      UNION ALL SELECT 1 + c, 'coo' || c, 'coordinator' FROM generate_series(1, 5) AS c
      UNION ALL SELECT 6 + a, 'agent' || a, 'agent' FROM generate_series(1, 40) AS a
      UNION ALL SELECT 47, 'ann', 'agent' UNION ALL SELECT 48, 'eve', 'agent') AS everybody;
INSERT INTO crm.user_address (address, user_id) SELECT login || '@crm.test', id FROM crm.users;
INSERT INTO crm.inbox (key, office) SELECT key, office FROM (VALUES ('info', 'Office 1'), ('sales', 'Office 2'), ('help', NULL), ('crm', NULL)) AS i (key, office);
INSERT INTO crm.stage (id, contact_type, record_kind, name, position)
SELECT scale.key(s), CASE WHEN s <= 4 THEN 'client' END, CASE WHEN s > 4 THEN 'lead' END, 'Stage ' || s, s FROM generate_series(1, 8) AS s;

-- Whose the cards are: four agents in ten have most of them, one card in twelve is nobody's, and of each of the two
-- who own next to nothing there are about fifty.
CREATE FUNCTION scale.owner(n bigint, most bigint) RETURNS uuid
    LANGUAGE sql STABLE
    RETURN CASE WHEN n % greatest(most / 50, 4) = most / 100 THEN scale.key(47) WHEN n % greatest(most / 50, 4) = most / 100 + 1 THEN scale.key(48)
        WHEN n % 12 <> 5 THEN scale.key(7 + scale.pick(n, 3, 40, 2)) END;

-- What is dropped and comes back: indexes that no constraint needs.
CREATE TABLE scale.dropped AS
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'crm'::regnamespace AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid);
-- And the triggers that fire even for a replica, which is what the session is from here on.
CREATE TABLE scale.silenced AS
SELECT tgrelid::regclass::text AS relation, tgname AS name FROM pg_trigger WHERE tgname LIKE 'audit\_%' AND tgenabled = 'A';
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM scale.dropped LOOP
        EXECUTE 'DROP INDEX ' || one.name;
    END LOOP;
    FOR one IN SELECT * FROM scale.silenced LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', one.relation, one.name);
    END LOOP;
END
$$;
SET session_replication_role = replica;
