-- Purpose: numbers for a batch: each series advances by the count wanted and comes back with its last number and its year.
-- Parameters: $1 prefixes, sorted and distinct with $2 whether numbers begin anew each year, $3 how many
-- Index: series_pkey
-- Lock: rows until commit, in the order of the prefixes: what follows should be short
SELECT prefix, year, last FROM crm.allot($1::text[], $2::boolean[], $3::bigint[])
