-- Purpose: records for people, the newest first.
-- Parameters: $1 before this id, $2 kind, $3 state, $4 owner, $5 a contact that is a party, $6 how many, $7 stages, $8 origin, $9 text in the title, or code or reference, $10 those with such a text, if they are few
-- Index: record_pkey backwards, record_owner_id, record_*_list of the filters, record_party_contact
-- Lock: none
SELECT r.id, r.kind, r.code, coalesce(r.external_reference, r.fields->>'asked_about'), r.title, r.state, u.login, r.origin, r.created_at, r.updated_at,
    ARRAY(SELECT c.name FROM crm.record_party p JOIN crm.contact c ON c.id = p.contact_id
          WHERE p.record_id = r.id ORDER BY c.id),
    s.name, o.name, r.amount::text, r.currency, r.closed_at,
    (SELECT f.code FROM crm.record f WHERE f.id = r.parent_id AND f.converted_at IS NOT NULL),
    (SELECT b.code FROM crm.record b WHERE b.parent_id = r.id AND r.converted_at IS NOT NULL ORDER BY b.id LIMIT 1)
FROM crm.record r
LEFT JOIN crm.users u ON u.id = r.owner_id
LEFT JOIN crm.stage s ON s.id = r.stage_id
LEFT JOIN crm.office o ON o.id = r.office_id
WHERE ($1::uuid IS NULL OR r.id < $1)
  AND ($2::text IS NULL OR r.kind = $2)
  AND ($3::text IS NULL OR r.state = $3)
  AND ($4::uuid IS NULL OR r.owner_id = $4)
  AND ($5::uuid IS NULL OR r.id = ANY (ARRAY(SELECT record_id FROM crm.record_party WHERE contact_id = $5)))
  AND ($7::uuid[] IS NULL OR r.stage_id = ANY ($7))
  AND ($8::text IS NULL OR r.origin = $8)
  AND ($9::text IS NULL OR position(lower($9) IN lower(r.title)) > 0 OR r.code = upper($9) OR r.external_reference = $9)
  AND ($10::uuid[] IS NULL OR r.id = ANY ($10))
ORDER BY r.id DESC
LIMIT $6
