-- Roles, and the functions that tables and rules below are built with.
--
-- Three roles: the owner is whoever migrates; `crm_daemon` and `crm_desk` are given to logins (the private
-- cluster logs in with them directly). Roles are of the whole server, so they may be there already.

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['crm_daemon', 'crm_desk'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL;
                WHEN insufficient_privilege THEN
                    RAISE EXCEPTION 'the role % is missing, and % may not create roles', wanted, current_user
                        USING ERRCODE = 'insufficient_privilege',
                              HINT = format('as a PostgreSQL administrator: CREATE ROLE %I NOLOGIN;', wanted);
            END;
        END IF;
    END LOOP;
END
$$;

REVOKE ALL ON SCHEMA crm FROM PUBLIC;
GRANT USAGE ON SCHEMA crm TO crm_daemon, crm_desk;

-- The key of a text that may be of any length: a B-tree refuses values above 2.7 kB.
CREATE FUNCTION crm.digest(value text) RETURNS bytea
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN sha256(convert_to(value, 'UTF8'));
COMMENT ON FUNCTION crm.digest(text) IS 'SHA-256 of a text: the key under which it is unique and found.';

CREATE FUNCTION crm.id_floor(moment timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN rpad(lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0'), 32, '0')::uuid;
COMMENT ON FUNCTION crm.id_floor(timestamptz) IS 'The smallest UUIDv7 of that moment: bounds of partitions and of time ranges over ids.';
