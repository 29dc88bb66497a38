-- Purpose: numbers for a batch: each series advances by the count wanted and comes back with its last number and its year.
-- Parameters: $1 prefixes, sorted and distinct with $2 whether numbers begin anew each year, $3 how many
-- Index: series_pkey
-- Lock: rows until commit, in the order of the prefixes: what follows should be short
INSERT INTO crm.series AS s (prefix, year, last)
SELECT n.prefix, CASE WHEN n.yearly THEN extract(year FROM now())::smallint ELSE 0 END, n.wanted
FROM unnest($1::text[], $2::boolean[], $3::bigint[]) AS n(prefix, yearly, wanted)
ORDER BY 1, 2
ON CONFLICT (prefix, year) DO UPDATE SET last = s.last + excluded.last
RETURNING prefix, year, last
