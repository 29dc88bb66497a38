-- Purpose: erases a person; see V031. For administrators.
-- Parameters: $1 contact, $2 the company's own addresses, $3 its domains, $4 more text that names the person, $5 whether the name stays in others' texts
-- Index: those of V031; tables of text are read whole
-- Lock: the contact and all that is changed
SELECT crm.erase_contact($1::uuid, $2::text[], $3::text[], $4::text[], $5::boolean)
