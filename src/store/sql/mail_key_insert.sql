-- Purpose: claims fingerprints; those of other mails do not come back, but an anonymous one is free again after six hours.
-- Parameters: $1 fingerprints, sorted and distinct, $2 mail ids, $3 times of receipt, $4 whether anonymous
-- Index: mail_key_pkey
-- Lock: rows, in the order of the fingerprints
INSERT INTO crm.mail_key AS k (fingerprint, mail_id, received_at, anonymous)
SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::timestamptz[], $4::boolean[])
ON CONFLICT (fingerprint) DO UPDATE
    SET mail_id = CASE WHEN excluded.received_at > k.received_at THEN excluded.mail_id ELSE k.mail_id END,
        received_at = greatest(excluded.received_at, k.received_at)
    WHERE k.anonymous AND excluded.anonymous
      AND (excluded.received_at > k.received_at + interval '6 hours'
           OR excluded.received_at < k.received_at - interval '6 hours')
RETURNING fingerprint
