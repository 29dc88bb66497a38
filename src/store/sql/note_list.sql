-- Purpose: notes on one thing, the pinned ones first, then the newest.
-- Parameters: $1 contact, $2 record, $3 ticket, $4 mail (one of the four), $5 note, $6 whether deleted ones too
-- Index: note_contact, note_record, note_ticket, note_mail, note_pkey
-- Lock: none
SELECT n.id, n.contact_id, n.record_id, n.ticket_id, n.mail_id, u.login, n.text, n.pinned, n.created_at, n.edited_at,
    n.deleted_at
FROM crm.note n
LEFT JOIN crm.users u ON u.id = n.author_id
WHERE (n.contact_id = $1::uuid OR n.record_id = $2::uuid OR n.ticket_id = $3::uuid OR n.mail_id = $4::uuid
       OR n.id = $5::uuid)
  AND ($6::boolean OR n.deleted_at IS NULL)
ORDER BY n.pinned DESC, n.id DESC
