-- Purpose: partitions of this month and the next that are missing; without the next one's, mail stops at midnight
-- Parameters: none
-- Index: catalog
-- Lock: none
SELECT count(*)
FROM unnest(ARRAY['mail', 'mail_raw', 'party', 'attachment']) AS parent,
    generate_series(date_trunc('month', now()), date_trunc('month', now()) + interval '1 month', interval '1 month')
        AS month
WHERE to_regclass(format('crm.%I', parent || to_char(month, '_YYYY_MM'))) IS NULL
