-- Purpose: mails that have to do with a person, and whether the person is a party, in the order of recording. For administrators.
-- Parameters: $1 contacts, $2 addresses, $3 records, $4 tickets
-- Index: party_address, link_contact, link_record, link_ticket; intake is read whole
-- Lock: none
SELECT mail_id, party FROM crm.person_mails($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], '{}', '{}') ORDER BY mail_id
