-- Purpose: what people did to the state of an address, the newest first; for who may see the audit.
-- Parameters: $1 canonical address
-- Index: audit_address, users_pkey
-- Lock: none
SELECT x.at, coalesce(u.login, x.operator, x.as_role, x.db_role),
    CASE WHEN x.action = 'update' THEN coalesce(x.change -> 'off_at' ->> 1, '') <> '' ELSE x.change ->> 'off_at' IS NOT NULL END
FROM crm.audit x
LEFT JOIN crm.users u ON u.id = x.user_id
WHERE x.entity = 'address_state' AND coalesce(x.key ->> 'address', x.change ->> 'address') = $1 AND x.change ? 'off_at'
ORDER BY x.id DESC
LIMIT 100
