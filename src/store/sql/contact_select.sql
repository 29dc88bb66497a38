-- Purpose: ids of contacts by filter, in the order asked for, without merged and erased ones, and without inactive ones unless that state is asked for.
-- Parameters: $1 order (newest, name, updated), $2 after this id, $3 how many, $4 part of a name or company or beginning of an address, $5 owner, the nil id for nobody, $6 type, $7 stages, $8 state, $9 stars at least, $10 origin, $11 language, $12 interest, $13 office, $14 updated since, $15 made since, $16 colour, $17 those with the text or the interest, if they are few, $18 the agent who asks, who sees nobody else's
-- Index: contact_pkey backwards, contact_name_list, contact_updated_list; contact_*_list of the filters (planned anew for each call: the parameters are constants then)
-- Lock: none
SELECT c.id
FROM crm.contact c
WHERE c.merged_into IS NULL AND c.erased_at IS NULL
  AND ($8::text IS NULL AND c.state <> 'inactive' OR c.state = $8)
  AND ($2::uuid IS NULL OR CASE $1::text
        WHEN 'name' THEN (lower(left(c.name, 200)), c.id)
            > ((SELECT lower(left(b.name, 200)) FROM crm.contact b WHERE b.id = $2), $2)
        WHEN 'updated' THEN (c.updated_at, c.id) < ((SELECT b.updated_at FROM crm.contact b WHERE b.id = $2), $2)
        ELSE c.id < $2 END)
  AND ($17::uuid[] IS NULL OR c.id = ANY ($17))
  AND ($4::text IS NULL
       OR position(lower($4) IN lower(c.name)) > 0
       OR position(lower($4) IN lower(c.company)) > 0
       OR EXISTS (SELECT FROM crm.contact_address a
                  WHERE a.contact_id = c.id AND starts_with(a.address, lower($4))))
  AND ($5::uuid IS NULL OR CASE WHEN $5 = '00000000-0000-0000-0000-000000000000' THEN c.owner_id IS NULL
       ELSE c.owner_id = $5 END)
  AND ($18::uuid IS NULL OR $18 = $5)
  AND ($6::text IS NULL OR c.type = $6)
  AND ($7::uuid[] IS NULL OR c.stage_id = ANY ($7))
  AND ($9::smallint IS NULL OR c.stars >= $9)
  AND ($10::text IS NULL OR c.origin = $10)
  AND ($11::text IS NULL OR c.language = $11)
  AND ($12::text IS NULL OR c.interests @> ARRAY[$12])
  AND ($13::uuid IS NULL OR c.office_id = $13)
  AND ($14::timestamptz IS NULL OR c.updated_at >= $14)
  AND ($15::timestamptz IS NULL OR c.id >= crm.id_floor($15))
  AND ($16::text IS NULL OR c.colour = $16)
ORDER BY CASE WHEN $1 = 'name' THEN lower(left(c.name, 200)) END,
    CASE WHEN $1 = 'updated' THEN c.updated_at END DESC,
    CASE WHEN $1 = 'name' THEN c.id END,
    c.id DESC
LIMIT $3
