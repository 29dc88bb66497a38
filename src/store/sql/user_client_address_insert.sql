-- Purpose: client addresses of a user.
-- Parameters: $1 user, $2 addresses
-- Index: user_client_address_pkey
-- Lock: key share on the user
INSERT INTO crm.user_client_address (address, user_id)
SELECT a.address, $1::uuid FROM unnest($2::inet[]) AS a (address)
WHERE NOT EXISTS (SELECT FROM crm.user_client_address o WHERE o.address = a.address AND o.user_id = $1)
