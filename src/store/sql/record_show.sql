-- Purpose: records by code, id or external reference.
-- Parameters: $1 text as typed, $2 id
-- Index: record_code_key, record_pkey, record_reference
-- Lock: none
SELECT r.id, r.kind, r.code, coalesce(r.external_reference, r.fields->>'asked_about'), r.title, r.state, u.login, r.origin, r.created_at, r.updated_at,
    ARRAY(SELECT c.name FROM crm.record_party p JOIN crm.contact c ON c.id = p.contact_id
          WHERE p.record_id = r.id ORDER BY c.id),
    s.name, o.name, r.amount::text, r.currency, r.closed_at,
    (SELECT f.code FROM crm.record f WHERE f.id = r.parent_id AND f.converted_at IS NOT NULL),
    (SELECT b.code FROM crm.record b WHERE b.parent_id = r.id AND r.converted_at IS NOT NULL ORDER BY b.id LIMIT 1), r.fields
FROM crm.record r
LEFT JOIN crm.users u ON u.id = r.owner_id
LEFT JOIN crm.stage s ON s.id = r.stage_id
LEFT JOIN crm.office o ON o.id = r.office_id
WHERE r.code = upper($1::text) OR r.id = $2::uuid
   OR r.external_reference = $1::text
ORDER BY r.code = upper($1::text) DESC, r.id
