-- Purpose: how much a merge left on the old contact, as whoever merged does not see it.
-- Parameters: $1 contact
-- Index: link_contact, record_party_contact, ticket_contact, note_contact, task_contact, activity_contact, consent_contact
-- Lock: none
SELECT crm.left_by_merge($1)
