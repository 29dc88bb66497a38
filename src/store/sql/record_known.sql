-- Purpose: records by code, external reference or id, and the open records of contacts (50 of each at most: two are too many to choose from).
-- Parameters: $1 codes in upper case, $2 digests of external references, $3 ids, $4 contacts
-- Index: record_code_key, record_external_reference, record_pkey, record_party_contact
-- Lock: none
WITH found AS (
    SELECT id FROM crm.record WHERE code = ANY($1::text[])
    UNION
    SELECT id FROM crm.record
    WHERE crm.digest(external_reference) = ANY($2::bytea[]) AND external_reference IS NOT NULL
    UNION
    SELECT id FROM crm.record WHERE id = ANY($3::uuid[])
    UNION
    SELECT o.id
    FROM unnest($4::uuid[]) AS c(contact_id)
    CROSS JOIN LATERAL (
        SELECT r.id
        FROM crm.record_party p
        JOIN crm.record r ON r.id = p.record_id AND r.state = 'open'
        WHERE p.contact_id = c.contact_id
        ORDER BY r.id DESC
        LIMIT 50
    ) AS o
)
SELECT r.id, r.code, r.external_reference, r.owner_id, r.state = 'open',
    ARRAY(SELECT p.contact_id FROM crm.record_party p JOIN crm.contact c ON c.id = p.contact_id AND c.erased_at IS NULL
          WHERE p.record_id = r.id ORDER BY p.contact_id)
FROM found
JOIN crm.record r ON r.id = found.id
ORDER BY r.id
