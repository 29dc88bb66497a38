-- The indexes come back.

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM scale.dropped LOOP
        -- Of a partitioned table's index the definition speaks of that table alone.
        EXECUTE regexp_replace(one.definition, ' ON ONLY ', ' ON ');
    END LOOP;
END
$$;
ANALYZE;
