-- Purpose: a row was sent, whoever cancelled it meanwhile; only who holds it may say so.
-- Parameters: $1 id, $2 node, $3 the server's reply, $4 the stored mail that it became
-- Index: outbox_pkey
-- Lock: the row
UPDATE crm.outbox
SET state = 'sent', attempts = attempts + 1, reply = $3::text, error = NULL, mail_id = $4::uuid, settled_at = now(),
    leased_by = NULL, leased_until = NULL
WHERE id = $1::uuid AND leased_by = $2::text AND state <> 'sent'
