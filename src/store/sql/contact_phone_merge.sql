-- Purpose: moves the phones of a contact behind those of another; one that both have stays the target's. Returns the rows as they were.
-- Parameters: $1 from, $2 to
-- Index: contact_phone_pkey
-- Lock: rows of both contacts
WITH stood AS (
    SELECT to_jsonb(a) || jsonb_build_object('both', b.contact_id IS NOT NULL) AS was
    FROM crm.contact_phone a
    LEFT JOIN crm.contact_phone b ON b.contact_id = $2 AND b.digest = a.digest
    WHERE a.contact_id = $1
), moved AS (
    UPDATE crm.contact_phone a
    SET contact_id = $2,
        position = a.position + (SELECT coalesce(max(position), -1) + 1 FROM crm.contact_phone WHERE contact_id = $2)
    WHERE a.contact_id = $1
      AND NOT EXISTS (SELECT FROM crm.contact_phone b WHERE b.contact_id = $2 AND b.digest = a.digest)
), left_out AS (
    DELETE FROM crm.contact_phone a
    WHERE a.contact_id = $1
      AND EXISTS (SELECT FROM crm.contact_phone b WHERE b.contact_id = $2 AND b.digest = a.digest)
)
SELECT coalesce(jsonb_agg(was), '[]') FROM stood
