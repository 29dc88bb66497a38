-- The triggers are as they were.

SET session_replication_role = origin;
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM scale.silenced LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', one.relation, one.name);
    END LOOP;
END
$$;
DROP SCHEMA scale CASCADE;
