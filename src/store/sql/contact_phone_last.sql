-- Purpose: the place behind the phones that a contact has, and whether it has this one already.
-- Parameters: $1 contact, $2 number
-- Index: contact_phone_pkey
-- Lock: none
SELECT (coalesce(max(position), -1) + 1)::smallint, coalesce(bool_or(digest = crm.digest($2::text)), false)
FROM crm.contact_phone
WHERE contact_id = $1
