-- What every node holds in memory to decide while a client is on the line, and how it hears of changes.

-- Secrets of the installation, made once and shared by all nodes; not the desk's to read. Whoever restores
-- the database restores them with it: the blocks of erased persons depend on `blocks`.
CREATE TABLE crm.secret (
    name text PRIMARY KEY,
    value bytea NOT NULL CHECK (octet_length(value) >= 32)
);
INSERT INTO crm.secret (name, value) VALUES ('blocks', sha256(uuid_send(gen_random_uuid())
    || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
GRANT SELECT ON crm.secret TO crm_daemon;

-- The program's own computation (crm/block.rs): the secret's digest fills the hash's first block, an octet
-- names the kind.
CREATE FUNCTION crm.block_key(address text) RETURNS bytea
    LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT substring(sha256(sha256(s.value) || decode(repeat('00', 32), 'hex') || '\x00'::bytea
        || convert_to(address, 'UTF8')) FROM 1 FOR 16)
    FROM crm.secret s WHERE s.name = 'blocks'
$$;
COMMENT ON FUNCTION crm.block_key(text) IS 'What stays of a blocked canonical address after an erasure: its keyed_hash.';
REVOKE EXECUTE ON FUNCTION crm.block_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.block_key(text) TO crm_daemon, crm_desk;

-- Blocks. A domain is that domain alone from now on; what was blocked as one keeps its effect.
ALTER TABLE crm.block DROP CONSTRAINT block_kind_check;
ALTER TABLE crm.block ADD CONSTRAINT block_kind_check
    CHECK (kind IN ('address', 'domain', 'subdomains', 'contact', 'hash'));
UPDATE crm.block SET kind = 'subdomains' WHERE kind = 'domain';
-- What has ended may name a contact that is gone.
ALTER TABLE crm.block DROP CONSTRAINT block_check;
ALTER TABLE crm.block ADD CONSTRAINT block_names_somebody
    CHECK (removed_at IS NOT NULL OR CASE kind WHEN 'contact' THEN contact_id IS NOT NULL
        WHEN 'hash' THEN octet_length(keyed_hash) >= 16 ELSE value IS NOT NULL END);
CREATE UNIQUE INDEX block_hash ON crm.block (substring(keyed_hash FROM 1 FOR 16))
    WHERE removed_at IS NULL AND kind = 'hash';

-- A contact's block outlives the contact: it becomes blocks of its addresses.
CREATE FUNCTION crm.keep_block_of_contact() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
CREATE TRIGGER keep_block BEFORE DELETE ON crm.contact
    FOR EACH ROW EXECUTE FUNCTION crm.keep_block_of_contact();

-- A merge hands the block on: the addresses have moved.
CREATE FUNCTION crm.hand_on_block_of_contact() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
CREATE TRIGGER hand_on_block AFTER UPDATE OF merged_into ON crm.contact
    FOR EACH ROW WHEN (NEW.merged_into IS NOT NULL) EXECUTE FUNCTION crm.hand_on_block_of_contact();

-- Telling. Every login of the server may listen, so nothing is told that it could learn from: a block by its
-- row's id, a code or an address by the key that the program makes of it (crm/block.rs), and only who has the
-- secret can make another. A payload holds those of what was added or changed in hexadecimal, two hundred at
-- most: a notification carries less than 8000 octets. An empty one means: load that list anew; what adds very
-- much at once is cheaper to load.
CREATE FUNCTION crm.tell() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify(TG_ARGV[0], '');
    RETURN NULL;
END
$$;

CREATE FUNCTION crm.tell_entries(channel text, entries bytea[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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

CREATE FUNCTION crm.tell_keys(channel text, digests bytea[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM crm.tell_entries(channel, ARRAY(
        SELECT substring(sha256(keyed.start || d.digest) FROM 1 FOR 16)
        FROM (SELECT sha256(s.value) || decode(repeat('00', 32), 'hex') || '\xff'::bytea AS start
              FROM crm.secret s WHERE s.name = 'blocks') AS keyed,
            unnest(digests) AS d (digest)));
END
$$;

-- What a changed row stands for is asked by its id; what it stood for before, nobody could ask any more.
CREATE OR REPLACE FUNCTION crm.tell_block() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
DROP TRIGGER tell_block ON crm.block;
CREATE TRIGGER tell_block_added AFTER INSERT ON crm.block
    REFERENCING NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block();
CREATE TRIGGER tell_block_changed AFTER UPDATE ON crm.block
    REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block();
CREATE TRIGGER tell_block_gone AFTER DELETE OR TRUNCATE ON crm.block
    FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_block');

-- A blocked contact that gains an address is asked for all its addresses; one that loses an address, to
-- another contact too, has all blocks loaded anew.
CREATE OR REPLACE FUNCTION crm.tell_block_of_contact() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
DROP TRIGGER tell_block_insert ON crm.contact_address;
DROP TRIGGER tell_block_update ON crm.contact_address;
DROP TRIGGER tell_block_delete ON crm.contact_address;
CREATE TRIGGER tell_block_insert AFTER INSERT ON crm.contact_address
    REFERENCING NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block_of_contact();
CREATE TRIGGER tell_block_update AFTER UPDATE ON crm.contact_address
    REFERENCING OLD TABLE AS was NEW TABLE AS became
    FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block_of_contact();
CREATE TRIGGER tell_block_delete AFTER DELETE ON crm.contact_address
    REFERENCING OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block_of_contact();

CREATE FUNCTION crm.tell_added_address() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM crm.tell_keys('crm_contact_address', ARRAY(SELECT digest FROM added LIMIT 10001));
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_added AFTER INSERT ON crm.contact_address
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_added_address();
CREATE TRIGGER tell_changed AFTER UPDATE ON crm.contact_address
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_added_address();

CREATE FUNCTION crm.tell_added_code() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM crm.tell_keys('crm_code', ARRAY(SELECT crm.digest(code) FROM added LIMIT 10001));
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_code_added AFTER INSERT ON crm.record
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_added_code();
CREATE TRIGGER tell_code_added AFTER INSERT ON crm.ticket
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_added_code();
-- Codes hardly ever change or go.
CREATE TRIGGER tell_code AFTER UPDATE OF code OR DELETE OR TRUNCATE ON crm.record
    FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_code');
CREATE TRIGGER tell_code AFTER UPDATE OF code OR DELETE OR TRUNCATE ON crm.ticket
    FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_code');

-- Only the switch counts, not a counted failure.
CREATE TRIGGER tell_off_added AFTER INSERT ON crm.address_state
    FOR EACH ROW WHEN (NEW.off_at IS NOT NULL) EXECUTE FUNCTION crm.tell('crm_address_off');
CREATE TRIGGER tell_off_changed AFTER UPDATE ON crm.address_state
    FOR EACH ROW WHEN ((OLD.off_at IS NULL) <> (NEW.off_at IS NULL) OR OLD.digest <> NEW.digest)
    EXECUTE FUNCTION crm.tell('crm_address_off');
CREATE TRIGGER tell_off_gone AFTER DELETE OR TRUNCATE ON crm.address_state
    FOR EACH STATEMENT EXECUTE FUNCTION crm.tell('crm_address_off');

-- Users and what proves them.
DO $$
DECLARE
    proof text;
BEGIN
    FOREACH proof IN ARRAY ARRAY['users', 'user_sasl_login', 'user_client_address', 'user_certificate',
                                 'user_address'] LOOP
        EXECUTE format('CREATE TRIGGER tell_users AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON crm.%I
            FOR EACH STATEMENT EXECUTE FUNCTION crm.tell(%L)', proof, 'crm_users');
    END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION crm.keep_block_of_contact(), crm.hand_on_block_of_contact(), crm.tell(),
    crm.tell_entries(text, bytea[]), crm.tell_keys(text, bytea[]), crm.tell_added_address(),
    crm.tell_added_code() FROM PUBLIC;
