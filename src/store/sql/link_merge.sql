-- Purpose: moves the mails of a contact to another. Returns the links as they were.
-- Parameters: $1 from, $2 to
-- Index: link_contact
-- Lock: rows of the first
WITH stood AS (
    DELETE FROM crm.link WHERE contact_id = $1 RETURNING mail_id, how, linked_by, linked_at
), moved AS (
    INSERT INTO crm.link (mail_id, contact_id, how, linked_by, linked_at)
    SELECT mail_id, $2, 'merge', (SELECT id FROM crm.users WHERE pg_role = current_user), now() FROM stood
    ON CONFLICT DO NOTHING
    RETURNING mail_id
)
SELECT coalesce(jsonb_agg(to_jsonb(stood) || jsonb_build_object('both', moved.mail_id IS NULL)), '[]')
FROM stood LEFT JOIN moved USING (mail_id)
