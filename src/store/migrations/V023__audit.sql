-- Who changed what, and when: of every table that people change, by triggers that nobody but the owner can
-- leave out. `change` holds the row that came or went, or {"column": [before, after]} of what was changed; a mail's
-- text never stands in it.
--
-- Who it was is what the server knows: the login (`db_role`), and the role that it had taken on (`as_role`),
-- from which the user follows. `operator` is what the desk says of who sat at it: a note, no proof.
--
-- What the daemon makes is not here: it stands in the lines of intake. Where the daemon has no login of its
-- own it is here all the same.

ALTER TABLE crm.audit ADD COLUMN as_role text, ADD COLUMN operator text, ADD COLUMN key jsonb;
CREATE INDEX audit_at ON crm.audit (at);
CREATE INDEX audit_user ON crm.audit (user_id, id) WHERE user_id IS NOT NULL;
COMMENT ON COLUMN crm.audit.db_role IS 'Login to the database.';
COMMENT ON COLUMN crm.audit.as_role IS 'Role that the login had taken on: a user''s, or the login itself.';
COMMENT ON COLUMN crm.audit.operator IS 'What the desk said of who sat at it; anybody can say anything here.';
COMMENT ON COLUMN crm.audit.key IS 'Key of the row that was changed, where it is not its id.';

-- The role that the session has taken on, whatever function runs: SET ROLE is refused within a SECURITY DEFINER
-- function and to whoever is not a member, so this cannot be forged.
CREATE FUNCTION crm.caller() RETURNS name
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role')::name END;
COMMENT ON FUNCTION crm.caller() IS 'Role that the session acts as, also within functions of the owner.';

-- Arguments: the columns of the key, then `-column` for what is left out. The row that was inserted or deleted
-- stands there as it is; of an update, what it changed.
CREATE FUNCTION crm.audit_rows() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_hashjoin = on AS $$
DECLARE
    keys text[] := ARRAY(SELECT a FROM unnest(TG_ARGV) AS a WHERE NOT starts_with(a, '-'));
    -- Computed, or said by `at`.
    without text[] := ARRAY(SELECT substr(a, 2) FROM unnest(TG_ARGV) AS a WHERE starts_with(a, '-'))
        || ARRAY['digest', 'updated_at'];
    them name := crm.caller();
    who uuid := (SELECT u.id FROM crm.users u WHERE u.pg_role = them::text);
    note text := left(nullif(current_setting('crm.operator', true), ''), 200);
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO crm.audit (as_role, user_id, operator, action, entity, entity_id, change)
        SELECT them, who, note, 'insert', TG_TABLE_NAME, (x.r ->> 'id')::uuid, x.r
        FROM (SELECT jsonb_strip_nulls(to_jsonb(n) - without) AS r FROM new_rows AS n) AS x;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO crm.audit (as_role, user_id, operator, action, entity, entity_id, change)
        SELECT them, who, note, 'delete', TG_TABLE_NAME, (x.r ->> 'id')::uuid, x.r
        FROM (SELECT jsonb_strip_nulls(to_jsonb(o) - without) AS r FROM old_rows AS o) AS x;
    ELSE
        -- A row whose key has changed is one that went and one that came.
        INSERT INTO crm.audit (as_role, user_id, operator, action, entity, entity_id, key, change)
        SELECT them, who, note, CASE WHEN o.r IS NULL THEN 'insert' WHEN n.r IS NULL THEN 'delete' ELSE 'update' END,
            TG_TABLE_NAME, (coalesce(n.r, o.r) ->> 'id')::uuid,
            CASE WHEN keys <> '{id}' THEN (SELECT jsonb_object_agg(k, coalesce(n.r, o.r) -> k) FROM unnest(keys) AS k) END,
            c.change
        FROM (SELECT r, ARRAY(SELECT r ->> k FROM unnest(keys) AS k) AS k
              FROM (SELECT to_jsonb(x) - without AS r FROM old_rows AS x) AS x) AS o
        FULL JOIN (SELECT r, ARRAY(SELECT r ->> k FROM unnest(keys) AS k) AS k
              FROM (SELECT to_jsonb(x) - without AS r FROM new_rows AS x) AS x) AS n ON n.k = o.k
        CROSS JOIN LATERAL (
            SELECT CASE WHEN o.r IS NULL OR n.r IS NULL THEN jsonb_strip_nulls(coalesce(n.r, o.r))
                        ELSE (SELECT jsonb_object_agg(key, jsonb_build_array(a.value, b.value))
                              FROM jsonb_each(o.r) AS a JOIN jsonb_each(n.r) AS b USING (key)
                              WHERE a.value IS DISTINCT FROM b.value) END AS change) AS c
        WHERE o.r IS DISTINCT FROM n.r;
    END IF;
    RETURN NULL;
END
$$;

-- Tables that later versions add come by this as well.
CREATE FUNCTION crm.audit_table(name text, VARIADIC arguments text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    list text := (SELECT string_agg(quote_literal(a), ', ') FROM unnest(arguments) AS a);
BEGIN
    EXECUTE format('CREATE TRIGGER audit_insert AFTER INSERT ON crm.%I REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT WHEN (current_user <> ''crm_daemon'') EXECUTE FUNCTION crm.audit_rows(%s)', name, list);
    EXECUTE format('CREATE TRIGGER audit_update AFTER UPDATE ON crm.%I REFERENCING OLD TABLE AS old_rows
        NEW TABLE AS new_rows FOR EACH STATEMENT WHEN (current_user <> ''crm_daemon'')
        EXECUTE FUNCTION crm.audit_rows(%s)', name, list);
    EXECUTE format('CREATE TRIGGER audit_delete AFTER DELETE ON crm.%I REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT WHEN (current_user <> ''crm_daemon'') EXECUTE FUNCTION crm.audit_rows(%s)', name, list);
    EXECUTE format('ALTER TABLE crm.%I ENABLE ALWAYS TRIGGER audit_insert, ENABLE ALWAYS TRIGGER audit_update,
        ENABLE ALWAYS TRIGGER audit_delete', name);
END
$$;
COMMENT ON FUNCTION crm.audit_table(text, text[]) IS 'Has a table audited: its key, then -column for what is left out.';

SELECT crm.audit_table(name, 'id') FROM unnest(ARRAY['users', 'office', 'team', 'stage', 'contact', 'contact_merge',
    'record', 'ticket', 'activity', 'task', 'note', 'consent']) AS name;
SELECT crm.audit_table('team_member', 'team_id', 'user_id');
SELECT crm.audit_table('user_sasl_login', 'login');
SELECT crm.audit_table('user_client_address', 'address');
SELECT crm.audit_table('user_certificate', 'issuer', 'subject');
SELECT crm.audit_table('user_address', 'address');
SELECT crm.audit_table('origin', 'key');
SELECT crm.audit_table('contact_type', 'key');
SELECT crm.audit_table('contact_address', 'contact_id', 'address');
SELECT crm.audit_table('contact_phone', 'contact_id', 'number');
SELECT crm.audit_table('contact_relation', 'person_id', 'company_id');
SELECT crm.audit_table('record_party', 'record_id', 'contact_id');
SELECT crm.audit_table('address_state', 'address');
SELECT crm.audit_table('block', 'id', '-keyed_hash');
SELECT crm.audit_table('link', 'mail_id', 'contact_id', 'record_id', 'ticket_id');
SELECT crm.audit_table('mail_handling', 'mail_id');
-- What people decide about these; what they hold came by mail or goes out as one.
SELECT crm.audit_table('ticket_comment', 'id', '-text');
SELECT crm.audit_table('intake', 'id', '-subject', '-reason');
SELECT crm.audit_table('outbox', 'id', '-message', '-subject', '-leased_by', '-leased_until', '-attempts', '-next_at');

REVOKE EXECUTE ON FUNCTION crm.caller(), crm.audit_rows(), crm.audit_table(text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.caller() TO crm_user, crm_desk, crm_daemon;
