-- Purpose: makes a contact a party to what another is a party to. Returns the rows as they were.
-- Parameters: $1 from, $2 to
-- Index: record_party_contact, record_party_pkey
-- Lock: rows of the first
WITH stood AS (
    DELETE FROM crm.record_party WHERE contact_id = $1 RETURNING record_id, role
), moved AS (
    INSERT INTO crm.record_party (record_id, contact_id, role) SELECT record_id, $2, role FROM stood
    ON CONFLICT DO NOTHING
    RETURNING record_id
)
SELECT coalesce(jsonb_agg(to_jsonb(stood) || jsonb_build_object('both', moved.record_id IS NULL)), '[]')
FROM stood LEFT JOIN moved USING (record_id)
