-- Purpose: contacts that are parties to the records of a batch.
-- Parameters: $1 records, $2 contacts
-- Index: record_party_pkey
-- Lock: key share on record and contact
INSERT INTO crm.record_party (record_id, contact_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[])
ON CONFLICT DO NOTHING
