-- Purpose: full mailboxes counted, and addresses switched off by what came back of letters to them.
-- Parameters: $1 addresses, $2 counts or null, $3 reasons or null where nothing is switched off, $4 in words, $5 messages
-- Index: address_state_pkey
-- Lock: the rows, in one order
INSERT INTO crm.address_state AS s (digest, address, soft_failures, off_at, reason, note, mail_id)
SELECT crm.digest(n.address), n.address, coalesce(n.count, 0), CASE WHEN n.reason IS NOT NULL THEN now() END, n.reason,
    n.note, n.mail_id
FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::uuid[]) AS n (address, count, reason, note, mail_id)
ORDER BY 1
ON CONFLICT (digest) DO UPDATE SET
    soft_failures = CASE WHEN excluded.reason IS NULL THEN excluded.soft_failures ELSE s.soft_failures END,
    off_at = coalesce(s.off_at, excluded.off_at), reason = coalesce(excluded.reason, s.reason), note = excluded.note,
    mail_id = excluded.mail_id
