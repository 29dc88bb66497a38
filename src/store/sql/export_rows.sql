-- Purpose: everything about a person but the mails, by noun. What belongs to several persons is left out where it could speak of the others.
-- Parameters: $1 contacts, $2 addresses, $3 records, $4 tickets, $5 mails that the person is a party of
-- Index: those of the tables by contact; audit, outbox, intake and consent are read whole
-- Lock: none
WITH own_record AS (
    SELECT r AS id FROM unnest($3::uuid[]) AS r
    WHERE NOT EXISTS (SELECT FROM crm.record_party o WHERE o.record_id = r AND o.contact_id <> ALL ($1))
), found (n, noun, row, k) AS (
    SELECT 1, 'contacts', to_jsonb(c), c.id::text FROM crm.contact c WHERE c.id = ANY ($1::uuid[])
    UNION ALL SELECT 2, 'addresses', to_jsonb(a) - 'digest', a.address FROM crm.contact_address a WHERE a.contact_id = ANY ($1)
    UNION ALL SELECT 3, 'phones', to_jsonb(p) - 'digest', p.number FROM crm.contact_phone p WHERE p.contact_id = ANY ($1)
    UNION ALL SELECT 4, 'relations', to_jsonb(r), r.person_id::text || r.company_id FROM crm.contact_relation r
        WHERE r.person_id = ANY ($1) OR r.company_id = ANY ($1)
    UNION ALL SELECT 5, 'merges', to_jsonb(m), m.id::text FROM crm.contact_merge m
        WHERE m.contact_id = ANY ($1) OR m.into_id = ANY ($1)
    UNION ALL SELECT 6, 'consents', to_jsonb(c), c.id::text FROM crm.consent c
        WHERE c.contact_id = ANY ($1) OR c.address = ANY ($2::text[])
    UNION ALL SELECT 7, 'switched-off', to_jsonb(s) - 'digest', s.address FROM crm.address_state s
        WHERE s.digest = ANY (ARRAY(SELECT crm.digest(a) FROM unnest($2) AS a))
    UNION ALL SELECT 8, 'blocks', to_jsonb(b) - 'keyed_hash', b.id::text FROM crm.block b
        WHERE b.contact_id = ANY ($1) OR b.kind = 'address' AND b.value = ANY ($2)
    UNION ALL SELECT 9, 'records', to_jsonb(r), r.id::text FROM crm.record r WHERE r.id = ANY ($3)
    UNION ALL SELECT 10, 'tickets', to_jsonb(t), t.id::text FROM crm.ticket t WHERE t.id = ANY ($4::uuid[])
    UNION ALL SELECT 11, 'comments', to_jsonb(c), c.id::text FROM crm.ticket_comment c WHERE c.ticket_id = ANY ($4)
    UNION ALL SELECT 12, 'notes', to_jsonb(n) || jsonb_build_object('versions',
            ARRAY(SELECT to_jsonb(v) - 'note_id' FROM crm.note_version v WHERE v.note_id = n.id ORDER BY v.replaced_at)), n.id::text
        FROM crm.note n
        WHERE n.contact_id = ANY ($1) OR n.ticket_id = ANY ($4) OR n.record_id IN (SELECT id FROM own_record)
    UNION ALL SELECT 13, 'tasks', to_jsonb(t), t.id::text FROM crm.task t
        WHERE t.contact_id = ANY ($1) OR t.ticket_id = ANY ($4) OR t.record_id IN (SELECT id FROM own_record)
    UNION ALL SELECT 14, 'activities', to_jsonb(a), a.id::text FROM crm.activity a
        WHERE a.contact_id = ANY ($1) OR a.ticket_id = ANY ($4) OR a.record_id IN (SELECT id FROM own_record)
    UNION ALL SELECT 15, 'outbox', to_jsonb(o), o.id::text FROM crm.outbox o
        WHERE o.contact_id = ANY ($1) OR lower(o.rcpt_to) = ANY ($2)
    UNION ALL SELECT 16, 'intakes', to_jsonb(i), i.id::text FROM crm.intake i
        WHERE i.mail_id = ANY ($5::uuid[]) OR lower(i.mail_from) = ANY ($2)
    UNION ALL SELECT 17, 'notifications', to_jsonb(n), n.id::text
        FROM crm.person_news($1, ARRAY(SELECT id FROM own_record), $4) AS n
    UNION ALL SELECT 18, 'audit', to_jsonb(a), lpad(a.id::text, 20, '0') FROM crm.audit a
        WHERE a.entity_id = ANY ($1) OR a.change ->> 'contact_id' = ANY ($1::text[]) OR a.key ->> 'contact_id' = ANY ($1::text[])
)
SELECT noun, row FROM found ORDER BY n, k
