-- Purpose: moves the mails of a merge back; one that was unlinked or linked anew by hand since does not come back.
-- Parameters: $1 back to, $2 from, $3 the links as they were
-- Index: link_contact
-- Lock: rows of the second
WITH was AS (
    SELECT * FROM jsonb_to_recordset($3::jsonb)
        AS r(mail_id uuid, how text, linked_by uuid, linked_at timestamptz, "both" boolean)
), gone AS (
    DELETE FROM crm.link l USING was
    WHERE l.contact_id = $2 AND l.mail_id = was.mail_id AND NOT was."both" AND l.how = 'merge'
    RETURNING l.mail_id
)
INSERT INTO crm.link (mail_id, contact_id, how, linked_by, linked_at)
SELECT was.mail_id, $1, was.how, was.linked_by, was.linked_at
FROM was WHERE was."both" OR was.mail_id IN (SELECT mail_id FROM gone)
ON CONFLICT DO NOTHING
RETURNING mail_id::text
