-- Purpose: addresses to which nothing is sent, the last ones switched off first.
-- Parameters: $1 reason or null, $2 switched off before then or null, $3 how many, $4 digests that the caller could see, if they are few
-- Index: address_state_off, address_state_pkey, contact_address_key, contact_address_shared, contact_pkey
-- Lock: none
SELECT s.address, s.off_at, coalesce(s.reason, 'hand'), s.note, s.mail_id,
    (SELECT string_agg(c.name, ', ' ORDER BY c.name)
     -- Shared addresses and the others each have their index.
     FROM (SELECT a.contact_id FROM crm.contact_address a WHERE a.digest = s.digest AND NOT a.shared
           UNION ALL SELECT a.contact_id FROM crm.contact_address a WHERE a.digest = s.digest AND a.shared) AS a
     JOIN crm.contact c ON c.id = a.contact_id)
FROM crm.address_state s
WHERE s.off_at IS NOT NULL AND ($1::text IS NULL OR s.reason = $1) AND ($2::timestamptz IS NULL OR s.off_at < $2)
  AND ($4::bytea[] IS NULL OR s.digest = ANY ($4))
ORDER BY s.off_at DESC, s.digest
LIMIT $3
