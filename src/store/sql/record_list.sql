-- Purpose: records for people, the newest first.
-- Parameters: $1 before this id, $2 kind, $3 state, $4 login of the owner, $5 a contact that is a party, $6 how many
-- Index: record_pkey backwards, or record_party_contact
-- Lock: none
SELECT r.id, r.kind, r.code, coalesce(r.external_reference, r.fields->>'asked_about'), r.title, r.state, u.login, r.origin, r.created_at, r.updated_at,
    ARRAY(SELECT c.name FROM crm.record_party p JOIN crm.contact c ON c.id = p.contact_id
          WHERE p.record_id = r.id ORDER BY c.id)
FROM crm.record r
LEFT JOIN crm.users u ON u.id = r.owner_id
WHERE ($1::uuid IS NULL OR r.id < $1)
  AND ($2::text IS NULL OR r.kind = $2)
  AND ($3::text IS NULL OR r.state = $3)
  AND ($4::text IS NULL OR lower(u.login) = lower($4))
  AND ($5::uuid IS NULL OR r.id IN (SELECT record_id FROM crm.record_party WHERE contact_id = $5))
ORDER BY r.id DESC
LIMIT $6
