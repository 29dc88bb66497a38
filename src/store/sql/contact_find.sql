-- Purpose: contacts by id, address, phone or whole name, eleven at most; whoever was merged leads to the target.
-- Parameters: $1 id, $2 digest of a canonical address, $3 digest of a phone, $4 name
-- Index: contact_pkey, contact_address_key, contact_address_shared, contact_phone_key, contact_phone_shared, contact_name_list
-- Lock: none
WITH RECURSIVE named AS (
    SELECT $1::uuid AS id
    UNION SELECT contact_id FROM crm.contact_address WHERE digest = $2::bytea AND NOT shared
    UNION SELECT contact_id FROM crm.contact_address WHERE digest = $2::bytea AND shared
    UNION SELECT contact_id FROM crm.contact_phone WHERE digest = $3::bytea AND NOT shared
    UNION SELECT contact_id FROM crm.contact_phone WHERE digest = $3::bytea AND shared
    UNION SELECT crm.contacts_named($4::text, 11) WHERE $4 IS NOT NULL
), followed AS (
    SELECT c.id, c.merged_into, c.name FROM named JOIN crm.contact c ON c.id = named.id
    UNION
    SELECT c.id, c.merged_into, c.name FROM followed JOIN crm.contact c ON c.id = followed.merged_into
)
SELECT DISTINCT id, name FROM followed WHERE merged_into IS NULL ORDER BY id LIMIT 11
