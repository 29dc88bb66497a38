-- Purpose: what came back of letters to the same addresses is judged one transaction after another.
-- Parameters: $1 numbers, $2 digests of Message-IDs
-- Index: outbox_number, outbox_message_id
-- Lock: advisory, one for each address, in one order
SELECT pg_advisory_xact_lock(key)
FROM (SELECT DISTINCT ('x' || encode(substring(crm.digest('address ' || rcpt_to) FOR 8), 'hex'))::bit(64)::bigint AS key
      FROM crm.outbox
      WHERE number = ANY($1::bigint[]) OR crm.digest(message_id) = ANY($2::bytea[])
      ORDER BY key OFFSET 0) AS held
