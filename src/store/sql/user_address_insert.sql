-- Purpose: mail addresses of a user.
-- Parameters: $1 user, $2 canonical addresses, in order
-- Index: user_address_pkey
-- Lock: key share on the user
INSERT INTO crm.user_address (address, user_id, position)
SELECT address, $1::uuid, (n - 1)::smallint
FROM unnest($2::text[]) WITH ORDINALITY AS a(address, n)
