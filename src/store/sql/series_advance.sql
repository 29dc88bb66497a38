-- Purpose: a code given by hand: its number is not given again.
-- Parameters: $1 prefix, $2 number
-- Index: series_pkey
-- Lock: row until commit
SELECT crm.advance_series($1, $2)
