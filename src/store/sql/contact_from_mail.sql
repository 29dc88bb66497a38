-- Purpose: a contact that was made out of a mail: where it comes from, and whose it is if nobody made it own.
-- Parameters: $1 contact, $2 owner of the line of intake, $3 owner asked for
-- Index: contact_pkey
-- Lock: row
UPDATE crm.contact SET origin = 'mail', owner_id = coalesce($3::uuid, owner_id, $2::uuid) WHERE id = $1
