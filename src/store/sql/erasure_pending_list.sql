-- Purpose: mails whose bodies wait for a decision after an erasure, the longest waiting first. For administrators.
-- Parameters: $1 most
-- Index: erasure_pending_open, mail_pkey, party_pkey
-- Lock: none
SELECT p.mail_id, p.cause, p.contact_id, p.since, m.received_at, m.subject,
    ARRAY(SELECT DISTINCT a.address FROM crm.party a
          WHERE a.mail_id = p.mail_id AND a.user_id IS NULL AND a.address IS NOT NULL ORDER BY 1)
FROM crm.erasure_pending p
JOIN crm.mail m ON m.id = p.mail_id
WHERE p.decision IS NULL AND m.erased_at IS NULL
ORDER BY p.since, p.mail_id
LIMIT $1
