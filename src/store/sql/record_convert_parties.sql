-- Purpose: parties of a record become parties of the one that it becomes.
-- Parameters: $1 old record, $2 new record
-- Index: record_party_pkey
-- Lock: key share on record and contact
INSERT INTO crm.record_party (record_id, contact_id, role)
SELECT $2, contact_id, role FROM crm.record_party WHERE record_id = $1
