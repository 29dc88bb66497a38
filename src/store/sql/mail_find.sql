-- Purpose: the mail of an id: its own, that of one of its intakes, or that of the spool entry that brought it.
-- Parameters: $1 id
-- Index: mail_pkey of the partition, intake_pkey, intake_spool
-- Lock: none
SELECT id FROM crm.mail WHERE id = $1
UNION
SELECT mail_id FROM crm.intake WHERE id = $1 AND mail_id IS NOT NULL
UNION
SELECT mail_id FROM crm.intake WHERE spool_id = $1 AND mail_id IS NOT NULL
LIMIT 1
