-- Purpose: leases rows that are due to a node; what is too much for its domain gets a turn later.
-- Parameters: $1 node, $2 lease in seconds, $3 most rows, $4 most a minute to one domain
-- Index: outbox_due, outbox_pkey, outbox_domain_pkey
-- Lock: the rows; those of their domains, in the order of their digests
SELECT crm.claim_outbox($1::text, make_interval(secs => $2::float8), $3::integer, $4::integer)
