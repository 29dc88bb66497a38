-- Purpose: what is a person: the contact with all that were merged into it, addresses that nobody else has, records, tickets. For administrators.
-- Parameters: $1 contact
-- Index: contact_pkey, contact_merged, contact_address_pkey, record_party_contact, ticket_contact
-- Lock: none
SELECT i.ids, crm.person_addresses(i.ids),
    ARRAY(SELECT p.record_id FROM crm.record_party p WHERE p.contact_id = ANY (i.ids) ORDER BY 1),
    ARRAY(SELECT t.id FROM crm.ticket t WHERE t.contact_id = ANY (i.ids) ORDER BY 1)
FROM (SELECT crm.person_contacts($1::uuid) AS ids) AS i
