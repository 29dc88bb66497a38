-- Purpose: consents recorded for an address, the newest first.
-- Parameters: $1 canonical address
-- Index: consent_address, users_pkey
-- Lock: none
SELECT c.id, c.purpose, c.evidence, c.given_at, c.recorded_at, u.login, c.withdrawn_at
FROM crm.consent c
LEFT JOIN crm.users u ON u.id = c.recorded_by
WHERE crm.digest(c.address) = crm.digest($1) AND c.address IS NOT NULL
ORDER BY c.recorded_at DESC, c.id
LIMIT 100
