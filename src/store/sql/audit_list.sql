-- Purpose: who changed what, the newest first.
-- Parameters: $1 before this id, $2 id of a card or of whatever else was changed, $3 by whom, $4 table, $5 how many
-- Index: audit_pkey backwards, audit_entity and audit_card, audit_user
-- Lock: none
SELECT a.id, a.at, u.login, a.operator, a.db_role, a.as_role, a.action, a.entity, a.entity_id, a.key, a.change
FROM crm.audit a
LEFT JOIN crm.users u ON u.id = a.user_id
WHERE ($1::bigint IS NULL OR a.id < $1)
  AND ($2::uuid IS NULL OR a.entity_id = $2 OR crm.audit_card(a.key, a.change) = $2::text)
  AND ($3::uuid IS NULL OR a.user_id = $3)
  AND ($4::text IS NULL OR a.entity = $4)
ORDER BY a.id DESC
LIMIT $5
