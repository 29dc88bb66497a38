-- Purpose: moves tickets, notes, tasks, activities, news, consents, blocks and letters of a contact to another. Returns the ids by table.
-- Parameters: $1 from, $2 to
-- Index: ticket_contact, note_contact, task_contact, activity_contact, notification_contact, consent_contact, block_contact, outbox_contact
-- Lock: rows of the first
WITH tickets AS (
    UPDATE crm.ticket SET contact_id = $2 WHERE contact_id = $1 RETURNING id
), notes AS (
    UPDATE crm.note SET contact_id = $2 WHERE contact_id = $1 RETURNING id
), tasks AS (
    UPDATE crm.task SET contact_id = $2 WHERE contact_id = $1 RETURNING id
), activities AS (
    UPDATE crm.activity SET contact_id = $2 WHERE contact_id = $1 RETURNING id
), news AS (
    UPDATE crm.notification SET contact_id = $2 WHERE contact_id = $1 RETURNING id
), consents AS (
    UPDATE crm.consent SET contact_id = $2 WHERE contact_id = $1 RETURNING id
), blocks AS (
    -- The target's own block holds for both.
    UPDATE crm.block SET contact_id = $2
    WHERE contact_id = $1 AND kind = 'contact'
      AND (removed_at IS NOT NULL OR NOT EXISTS (SELECT FROM crm.block b
           WHERE b.contact_id = $2 AND b.kind = 'contact' AND b.removed_at IS NULL))
    RETURNING id
), letters AS (
    SELECT crm.move_outbox($1, $2, NULL) AS id
)
SELECT jsonb_build_object('ticket', ARRAY(SELECT id FROM tickets), 'note', ARRAY(SELECT id FROM notes),
    'task', ARRAY(SELECT id FROM tasks), 'activity', ARRAY(SELECT id FROM activities),
    'notification', ARRAY(SELECT id FROM news), 'consent', ARRAY(SELECT id FROM consents),
    'block', ARRAY(SELECT id FROM blocks), 'letter', ARRAY(SELECT id FROM letters))
