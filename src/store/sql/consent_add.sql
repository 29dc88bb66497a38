-- Purpose: records a consent to be written to.
-- Parameters: $1 id, $2 contact or null, $3 canonical address, $4 how it was given
-- Index: consent_pkey
-- Lock: key share on the contact
INSERT INTO crm.consent (id, contact_id, address, purpose, evidence, given_at, recorded_by)
VALUES ($1, $2, $3, 'mail', $4, now(), crm.me())
