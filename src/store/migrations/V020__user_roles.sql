-- Every user is a role of PostgreSQL, so that row-level security holds for whoever comes by whichever client.
--
-- `crm_administrator`, `crm_coordinator` and `crm_agent` are the kinds of users, all of them `crm_user`. A
-- user's own role is a member of one of them as long as the user is active, and of none after that. The desk
-- (and the owner, where one login does everything) is a member of each user's role, to take it on with SET
-- ROLE. A user's role logs in only where the company allows it: ALTER ROLE crm_u_ann LOGIN.
--
-- Roles are of the whole server and databases are not: a role's comment says whose it is, and a role of
-- another's is never taken. Where the owner may not make roles, the error holds the statements for whoever may.

DO $$
DECLARE
    kind text;
    todo text[] := '{}';
    statement text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['crm_user', 'crm_administrator', 'crm_coordinator', 'crm_agent'] LOOP
        IF to_regrole(kind) IS NULL THEN
            todo := todo || format('CREATE ROLE %I NOLOGIN', kind);
        END IF;
        IF kind <> 'crm_user' AND (to_regrole(kind) IS NULL OR NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members
                WHERE roleid = to_regrole('crm_user') AND member = to_regrole(kind))) THEN
            todo := todo || format('GRANT crm_user TO %I', kind);
        END IF;
    END LOOP;
    FOREACH statement IN ARRAY todo LOOP
        BEGIN
            EXECUTE statement;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'the roles of users are missing, and % may not make them', current_user
                    USING ERRCODE = 'insufficient_privilege',
                          HINT = 'as a PostgreSQL administrator: ' || array_to_string(todo, '; ')
                              || format('; GRANT crm_administrator, crm_coordinator, crm_agent TO %I WITH ADMIN OPTION;',
                                        current_user);
        END;
    END LOOP;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO crm_user', current_database());
END
$$;
GRANT USAGE ON SCHEMA crm TO crm_user;

-- What a name of a login makes as a name of a role; `attempt` above 0 where that one is somebody else's.
CREATE FUNCTION crm.role_name(login text, attempt integer) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT
    RETURN 'crm_u_' || left(regexp_replace(lower(login), '[^a-z0-9_]', '_', 'g'), 40)
        || CASE WHEN attempt = 0 AND lower(login) ~ '^[a-z0-9_]{1,40}$' THEN ''
                ELSE '_' || left(encode(sha256(convert_to(lower(login) || repeat('#', attempt), 'UTF8')), 'hex'), 12) END;

-- The statements that are missing for a user's role to be what it should be.
CREATE FUNCTION crm.role_statements(role text, remark text, kind text, active boolean) RETURNS text[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
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

CREATE FUNCTION crm.ensure_role(login text, known text, kind text, active boolean) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

-- Whoever writes a user writes no name of a role: it is made here.
CREATE FUNCTION crm.user_role() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.pg_role := crm.ensure_role(NEW.login, CASE TG_OP WHEN 'UPDATE' THEN OLD.pg_role END, NEW.role,
                                   NEW.deactivated_at IS NULL);
    RETURN NEW;
END
$$;
CREATE TRIGGER user_role BEFORE INSERT OR UPDATE OF pg_role, role, deactivated_at ON crm.users
    FOR EACH ROW EXECUTE FUNCTION crm.user_role();
CREATE FUNCTION crm.user_login_stays() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the login of user % stays', OLD.login USING ERRCODE = 'integrity_constraint_violation',
        HINT = 'Deactivate this user and add one with the new login.';
END
$$;
CREATE TRIGGER user_login_stays BEFORE UPDATE OF login ON crm.users
    FOR EACH ROW WHEN (NEW.login <> OLD.login) EXECUTE FUNCTION crm.user_login_stays();

CREATE FUNCTION crm.ensure_user_roles() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
COMMENT ON FUNCTION crm.ensure_user_roles() IS 'Makes the roles that users lack: after a restore into a new server.';

-- Who is at it. Policies use `current_user`, which no setting forges.
CREATE FUNCTION crm.user_of(them name) RETURNS uuid
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    BEGIN ATOMIC
        SELECT id FROM crm.users WHERE pg_role = them::text AND deactivated_at IS NULL;
    END;
CREATE FUNCTION crm.me() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT id FROM crm.users WHERE pg_role = current_user::text AND deactivated_at IS NULL;
    END;
COMMENT ON FUNCTION crm.me() IS 'The user whose role this is; null for the desk itself, and after a deactivation.';
CREATE FUNCTION crm.sees_all() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT EXISTS (SELECT FROM crm.users
                       WHERE pg_role = current_user::text AND deactivated_at IS NULL AND role = 'administrator');
    END;

-- Offices that a user coordinates: the own one, and those that name the user.
CREATE FUNCTION crm.offices_of(who uuid) RETURNS uuid[]
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    BEGIN ATOMIC
        SELECT ARRAY(SELECT office_id FROM crm.users
                     WHERE id = who AND role = 'coordinator' AND office_id IS NOT NULL AND deactivated_at IS NULL
                     UNION
                     SELECT o.id FROM crm.office o JOIN crm.users u ON u.id = o.coordinator_id
                     WHERE u.id = who AND u.role = 'coordinator' AND u.deactivated_at IS NULL);
    END;
-- Users whose cards a user sees: the user; for a coordinator, everybody of these offices and of the own teams.
CREATE FUNCTION crm.people_of(who uuid) RETURNS uuid[]
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    BEGIN ATOMIC
        SELECT ARRAY(SELECT id FROM crm.users WHERE id = who AND deactivated_at IS NULL
                     UNION
                     SELECT id FROM crm.users WHERE office_id = ANY (crm.offices_of(who))
                     UNION
                     SELECT other.user_id
                     FROM crm.users u
                     JOIN crm.team_member mine ON mine.user_id = u.id
                     JOIN crm.team_member other ON other.team_id = mine.team_id
                     WHERE u.id = who AND u.role = 'coordinator' AND u.deactivated_at IS NULL);
    END;
CREATE INDEX users_office ON crm.users (office_id) WHERE office_id IS NOT NULL;

REVOKE EXECUTE ON FUNCTION crm.role_name(text, integer), crm.role_statements(text, text, text, boolean),
    crm.ensure_role(text, text, text, boolean), crm.user_role(), crm.user_login_stays(), crm.ensure_user_roles(),
    crm.user_of(name), crm.me(), crm.sees_all(), crm.offices_of(uuid), crm.people_of(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.me(), crm.sees_all(), crm.user_of(name), crm.offices_of(uuid), crm.people_of(uuid)
    TO crm_user, crm_desk;
