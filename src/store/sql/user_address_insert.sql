-- Purpose: mail addresses of a user, behind those that there are.
-- Parameters: $1 user, $2 canonical addresses, in order
-- Index: user_address_pkey, user_address_user
-- Lock: key share on the user
INSERT INTO crm.user_address (address, user_id, position)
SELECT a.address, $1::uuid,
    (n + coalesce((SELECT max(o.position) FROM crm.user_address o WHERE o.user_id = $1), -1))::smallint
FROM unnest($2::text[]) WITH ORDINALITY AS a(address, n)
WHERE NOT EXISTS (SELECT FROM crm.user_address o WHERE o.address = a.address AND o.user_id = $1)
