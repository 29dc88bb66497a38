-- Purpose: who has an address or a phone, as far as the asking user sees contacts; name is null where only the owner may be told.
-- Parameters: $1 digest of an address, $2 digest of a phone (one of the two)
-- Index: contact_address_key, contact_phone_key
-- Lock: none
WITH seen AS (
    SELECT c.name, u.login
    FROM (SELECT contact_id FROM crm.contact_address WHERE digest = $1::bytea AND NOT shared
          UNION ALL
          SELECT contact_id FROM crm.contact_phone WHERE digest = $2::bytea AND NOT shared) AS held
    JOIN crm.contact c ON c.id = held.contact_id
    LEFT JOIN crm.users u ON u.id = c.owner_id
)
SELECT name, login FROM seen
UNION ALL
SELECT NULL, crm.holder_owner($1, $2) WHERE NOT EXISTS (SELECT FROM seen)
