-- Purpose: a code given by hand: its number is not given again.
-- Parameters: $1 prefix, $2 number
-- Index: series_pkey
-- Lock: row until commit
INSERT INTO crm.series AS s (prefix, year, last)
VALUES ($1, 0, $2)
ON CONFLICT (prefix, year) DO UPDATE SET last = greatest(s.last, excluded.last)
