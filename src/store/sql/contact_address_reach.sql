-- Purpose: addresses of a contact in their order, and why nothing is sent to which of them.
-- Parameters: $1 contact
-- Index: contact_address_pkey, address_state_pkey
-- Lock: none
SELECT a.address, a.shown, s.off_at, CASE WHEN s.off_at IS NOT NULL THEN s.reason END
FROM crm.contact_address a
LEFT JOIN crm.address_state s ON s.digest = a.digest
WHERE a.contact_id = $1
ORDER BY a.position, a.address
