-- Purpose: what stands of an address.
-- Parameters: $1 canonical address
-- Index: address_state_pkey, users_pkey
-- Lock: none
SELECT s.off_at, CASE WHEN s.off_at IS NOT NULL THEN coalesce(s.reason, 'hand') END, s.note, s.mail_id, b.login,
    s.soft_failures, s.reactivated_at, r.login
FROM crm.address_state s
LEFT JOIN crm.users b ON b.id = s.off_by AND s.reason = 'hand'
LEFT JOIN crm.users r ON r.id = s.reactivated_by
WHERE s.digest = crm.digest($1)
