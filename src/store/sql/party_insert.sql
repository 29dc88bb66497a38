-- Purpose: correspondents of the mails of a batch.
-- Parameters: $1 mails, $2 positions, $3 roles, $4 names, $5 addresses as written, $6 canonical, $7 contacts, $8 users
-- Index: party_pkey of the partition
-- Lock: none
INSERT INTO crm.party (mail_id, position, role, name, address, canonical, contact_id, user_id)
SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[],
    $8::uuid[])
