-- Purpose: client addresses that belong to a user.
-- Parameters: $1 user, $2 addresses
-- Index: user_client_address_pkey
-- Lock: key share on the user
INSERT INTO crm.user_client_address (address, user_id)
SELECT unnest($2::inet[]), $1::uuid
