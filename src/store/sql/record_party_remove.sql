-- Purpose: contacts that are no parties to a record any more.
-- Parameters: $1 record, $2 contacts
-- Index: record_party_pkey
-- Lock: rows
DELETE FROM crm.record_party WHERE record_id = $1 AND contact_id = ANY($2::uuid[])
