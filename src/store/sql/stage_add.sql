-- Purpose: a stage, behind the others of its funnel unless a place is named.
-- Parameters: $1 id, $2 type of contact, $3 kind of record (one of the two), $4 name, $5 position
-- Index: stage_contact_name, stage_record_name
-- Lock: none
INSERT INTO crm.stage (id, contact_type, record_kind, name, position)
VALUES ($1, $2, $3, $4, coalesce($5::smallint, (SELECT (max(position) + 1)::smallint FROM crm.stage s
    WHERE s.contact_type = $2 OR s.record_kind = $3), 0))
