-- Purpose: counts leads that strangers opened in this hour.
-- Parameters: $1 keys, sorted and distinct, $2 how many
-- Index: lead_count_pkey
-- Lock: rows until commit, in the order of the keys
INSERT INTO crm.lead_count AS c (key, hour, leads)
SELECT n.key, date_trunc('hour', now()), n.leads FROM unnest($1::text[], $2::integer[]) AS n(key, leads)
ON CONFLICT (key) DO UPDATE
    SET leads = CASE WHEN c.hour = excluded.hour THEN c.leads ELSE 0 END + excluded.leads,
        hour = excluded.hour
