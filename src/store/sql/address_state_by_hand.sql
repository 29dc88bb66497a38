-- Purpose: an address is switched off by a person, unless it is off.
-- Parameters: $1 canonical address, $2 why
-- Index: address_state_pkey
-- Lock: the row
INSERT INTO crm.address_state AS s (digest, address, off_at, reason, off_by, note)
VALUES (crm.digest($1), $1, now(), 'hand', crm.me(), $2)
ON CONFLICT (digest) DO UPDATE
SET off_at = excluded.off_at, reason = excluded.reason, off_by = excluded.off_by, note = excluded.note, mail_id = NULL
WHERE s.off_at IS NULL
