-- Purpose: leads that strangers opened in this hour.
-- Parameters: $1 keys
-- Index: lead_count_pkey
-- Lock: none
SELECT key, leads FROM crm.lead_count WHERE key = ANY($1::text[]) AND hour = date_trunc('hour', now())
