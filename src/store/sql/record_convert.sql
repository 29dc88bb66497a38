-- Purpose: the record that another one becomes, with its parties; what forms call the old one they call the new one from now on.
-- Parameters: $1 old record, $2 id, $3 kind, $4 code, $5 series, $6 title
-- Index: record_pkey, record_party_pkey
-- Lock: none
WITH made AS (
    INSERT INTO crm.record (id, kind, code, series, external_reference, title, owner_id, office_id, origin, parent_id,
        amount, currency, fields, created_by)
    SELECT $2, $3, $4, $5, r.external_reference, coalesce($6, r.title), r.owner_id, r.office_id, r.origin, r.id,
        r.amount, r.currency, r.fields, (SELECT u.id FROM crm.users u WHERE u.pg_role = current_user)
    FROM crm.record r
    WHERE r.id = $1
    RETURNING id
)
SELECT id FROM made
