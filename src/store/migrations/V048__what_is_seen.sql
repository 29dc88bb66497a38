-- What is seen, asked so that it costs the same for who sees little, much or nearly everything.
--
-- A policy that asks `EXISTS (SELECT FROM mail_access …)` may be answered by gathering first all that the caller sees,
-- which is slow for who sees much; OFFSET 0 has each row asked for itself.

-- Of a scope's holders each knows how many there are: whoever is counted so often sees it, and no other row is read.
ALTER TABLE crm.scope_holder ADD COLUMN holder smallint, ADD COLUMN holders smallint;
UPDATE crm.scope_holder h SET holder = w.holder, holders = w.holders
FROM (SELECT s.ctid, row_number() OVER (PARTITION BY s.scope_id) AS holder, count(*) OVER (PARTITION BY s.scope_id) AS holders
      FROM crm.scope_holder s) AS w
WHERE h.ctid = w.ctid;
ALTER TABLE crm.scope_holder ALTER COLUMN holder SET NOT NULL, ALTER COLUMN holders SET NOT NULL,
    ADD PRIMARY KEY (scope_id, holder);
DROP INDEX crm.scope_holder_scope, crm.scope_holder_owner, crm.scope_holder_office;
CREATE INDEX scope_holder_owner ON crm.scope_holder (owner_id) INCLUDE (scope_id, holder, holders) WHERE owner_id IS NOT NULL;
CREATE INDEX scope_holder_office ON crm.scope_holder (office_id) INCLUDE (scope_id, holder, holders) WHERE office_id IS NOT NULL;

-- As V021 has it, with the holders counted.
CREATE OR REPLACE FUNCTION crm.ensure_scopes(made text[]) RETURNS bigint[]
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found bigint[] := crm.find_scopes(made);
BEGIN
    IF array_position(found, NULL) IS NULL THEN
        RETURN found;
    END IF;
    WITH wanted AS MATERIALIZED (
        SELECT DISTINCT m.text, sha256(convert_to(m.text, 'UTF8')) AS key
        FROM unnest(made, found) AS m (text, scope) WHERE m.scope IS NULL
    ), fresh AS (
        INSERT INTO crm.scope (key, author_id, inbox)
        SELECT key, CASE WHEN starts_with(text, 'author:') THEN substr(text, 8)::uuid END,
            CASE WHEN starts_with(text, 'inbox:') THEN substr(text, 7) END
        FROM wanted ORDER BY 1
        ON CONFLICT DO NOTHING
        RETURNING id, key, author_id, inbox
    )
    INSERT INTO crm.scope_holder (scope_id, owner_id, office_id, holder, holders)
    SELECT f.id, nullif(split_part(h.text, '/', 1), '')::uuid, nullif(split_part(h.text, '/', 2), '')::uuid, h.place,
        count(*) OVER (PARTITION BY f.id)
    FROM fresh f
    JOIN wanted w ON w.key = f.key
    CROSS JOIN LATERAL unnest(string_to_array(w.text, ',')) WITH ORDINALITY AS h (text, place)
    WHERE f.author_id IS NULL AND f.inbox IS NULL;
    RETURN crm.find_scopes(made);
END
$$;
CREATE OR REPLACE FUNCTION crm.scopes_of(them name) RETURNS bigint[]
    LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who uuid := crm.user_of(them);
    people uuid[] := crm.people_of(who);
    offices uuid[] := crm.offices_of(who);
BEGIN
    RETURN ARRAY(
        SELECT h.scope_id
        FROM (SELECT scope_id, holder, holders FROM crm.scope_holder WHERE owner_id = ANY (people)
              UNION
              SELECT scope_id, holder, holders FROM crm.scope_holder WHERE office_id = ANY (offices)) AS h
        GROUP BY h.scope_id
        HAVING count(*) = min(h.holders)
        UNION ALL
        SELECT id FROM crm.scope WHERE author_id = who
        UNION ALL
        SELECT s.id
        FROM crm.scope s
        WHERE s.inbox IS NOT NULL
          AND (EXISTS (SELECT FROM crm.users u WHERE u.id = who AND u.inbox_permission)
               OR EXISTS (SELECT FROM crm.inbox i JOIN crm.office o ON lower(o.name) = lower(i.office)
                          WHERE i.key = s.inbox AND o.id = ANY (offices))));
END
$$;

-- What a role sees: everything, or the cards of these people and offices, and the mails of these scopes; and whether, of the
-- mails that it sees, the lines of intake of each inbox.
CREATE TYPE crm.sight AS (everything boolean, who uuid, people uuid[], offices uuid[], scopes bigint[], lines boolean);
CREATE FUNCTION crm.sight_of(them name) RETURNS crm.sight
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    sight crm.sight;
BEGIN
    sight.everything := crm.sees_all_cards(them) OR pg_has_role(them, 'crm_daemon', 'USAGE');
    sight.who := crm.user_of(them);
    sight.lines := sight.everything OR EXISTS (SELECT FROM crm.users u WHERE u.id = sight.who AND u.inbox_permission);
    IF NOT sight.everything THEN
        sight.people := coalesce(crm.people_of(sight.who), '{}');
        sight.offices := coalesce(crm.offices_of(sight.who), '{}');
        sight.scopes := CASE WHEN sight.who IS NULL THEN '{}' ELSE coalesce(crm.scopes_of(them), '{}') END;
    END IF;
    RETURN sight;
END
$$;

COMMENT ON TYPE crm.sight IS 'What a role sees: everything, or the cards of these people and offices, and the mails of these scopes.';

-- Whether these cards are seen, of which each may be null; as the policies of the cards have it.
CREATE FUNCTION crm.sees_cards(sight crm.sight, contact uuid, record uuid, ticket uuid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sight.everything
        OR (contact IS NULL OR EXISTS (SELECT FROM crm.contact c WHERE c.id = contact
                AND (c.owner_id = ANY (sight.people) OR c.office_id = ANY (sight.offices))))
        AND (record IS NULL OR EXISTS (SELECT FROM crm.record r WHERE r.id = record
                AND (r.owner_id = ANY (sight.people) OR r.office_id = ANY (sight.offices))))
        AND (ticket IS NULL OR EXISTS (SELECT FROM crm.ticket t WHERE t.id = ticket
                AND (t.owner_id = ANY (sight.people) OR t.office_id = ANY (sight.offices))))
$$;

-- Inboxes of these offices.
CREATE FUNCTION crm.inboxes_of(offices uuid[]) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY(SELECT i.key FROM crm.inbox i JOIN crm.office o ON lower(o.name) = lower(i.office) WHERE o.id = ANY (offices))
$$;

-- The policies, each row asked for itself.
ALTER POLICY with_scope ON crm.mail USING (EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = mail.id OFFSET 0));
ALTER POLICY with_mail ON crm.mail_raw USING (EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = mail_raw.mail_id OFFSET 0));
ALTER POLICY with_mail ON crm.party USING (EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = party.mail_id OFFSET 0));
ALTER POLICY with_mail ON crm.attachment USING (EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = attachment.mail_id OFFSET 0));
ALTER POLICY with_attachment ON crm.attachment_content
    USING (EXISTS (SELECT FROM crm.attachment a WHERE a.sha256 = attachment_content.sha256 OFFSET 0));
ALTER POLICY with_mail ON crm.mail_handling
    USING (EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = mail_handling.mail_id OFFSET 0));
ALTER POLICY with_mail_and_card ON crm.link
    USING (EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = link.mail_id OFFSET 0)
        AND (contact_id IS NULL OR EXISTS (SELECT FROM crm.contact c WHERE c.id = link.contact_id OFFSET 0))
        AND (record_id IS NULL OR EXISTS (SELECT FROM crm.record r WHERE r.id = link.record_id OFFSET 0))
        AND (ticket_id IS NULL OR EXISTS (SELECT FROM crm.ticket t WHERE t.id = link.ticket_id OFFSET 0)));
ALTER POLICY with_card ON crm.contact_address
    USING (EXISTS (SELECT FROM crm.contact c WHERE c.id = contact_address.contact_id OFFSET 0));
ALTER POLICY with_card ON crm.contact_phone
    USING (EXISTS (SELECT FROM crm.contact c WHERE c.id = contact_phone.contact_id OFFSET 0));
ALTER POLICY with_card ON crm.contact_relation
    USING (EXISTS (SELECT FROM crm.contact c WHERE c.id = contact_relation.person_id OFFSET 0)
        AND EXISTS (SELECT FROM crm.contact c WHERE c.id = contact_relation.company_id OFFSET 0));
ALTER POLICY with_card ON crm.contact_merge
    USING (EXISTS (SELECT FROM crm.contact c WHERE c.id = contact_merge.contact_id OFFSET 0)
        AND EXISTS (SELECT FROM crm.contact c WHERE c.id = contact_merge.into_id OFFSET 0));
ALTER POLICY with_card ON crm.consent USING (EXISTS (SELECT FROM crm.contact c WHERE c.id = consent.contact_id OFFSET 0));
ALTER POLICY own ON crm.block
    USING (lower(created_by) = (SELECT lower(u.login) FROM crm.users u WHERE u.id = (SELECT crm.me()))
        OR EXISTS (SELECT FROM crm.contact c WHERE c.id = block.contact_id OFFSET 0));
ALTER POLICY with_card ON crm.record_party
    USING (EXISTS (SELECT FROM crm.record r WHERE r.id = record_party.record_id OFFSET 0))
    WITH CHECK (EXISTS (SELECT FROM crm.record r WHERE r.id = record_party.record_id OFFSET 0)
        AND EXISTS (SELECT FROM crm.contact c WHERE c.id = record_party.contact_id OFFSET 0));
ALTER POLICY with_card ON crm.ticket_comment
    USING (EXISTS (SELECT FROM crm.ticket t WHERE t.id = ticket_comment.ticket_id OFFSET 0));
ALTER POLICY with_card ON crm.outbox
    USING (author_id = (SELECT crm.me())
        OR (num_nonnulls(contact_id, record_id, ticket_id) > 0
            AND (contact_id IS NULL OR EXISTS (SELECT FROM crm.contact c WHERE c.id = outbox.contact_id OFFSET 0))
            AND (record_id IS NULL OR EXISTS (SELECT FROM crm.record r WHERE r.id = outbox.record_id OFFSET 0))
            AND (ticket_id IS NULL OR EXISTS (SELECT FROM crm.ticket t WHERE t.id = outbox.ticket_id OFFSET 0))
            AND (in_reply_to IS NULL OR EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = outbox.in_reply_to OFFSET 0))));
-- Shared addresses and the others each have their index.
ALTER POLICY with_card ON crm.address_state
    USING (EXISTS (SELECT FROM crm.contact_address a WHERE a.digest = address_state.digest AND NOT a.shared OFFSET 0)
        OR EXISTS (SELECT FROM crm.contact_address a WHERE a.digest = address_state.digest AND a.shared OFFSET 0));
ALTER POLICY inbox ON crm.intake
    USING (user_id = (SELECT crm.me())
        OR ((SELECT u.inbox_permission FROM crm.users u WHERE u.id = (SELECT crm.me()))
            OR inbox = ANY ((SELECT ARRAY(SELECT i.key FROM crm.inbox i JOIN crm.office o ON lower(o.name) = lower(i.office)
                                          WHERE o.id = ANY (crm.offices_of(crm.me()))))::text[]))
        AND (mail_id IS NULL OR EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = intake.mail_id OFFSET 0)));
DO $$
DECLARE
    work record;
    seen text;
BEGIN
    FOR work IN SELECT * FROM (VALUES ('task', 'assigned_to', ''), ('activity', 'owner_id',
            ' AND (mail_id IS NULL OR EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = activity.mail_id OFFSET 0))'))
            AS w (name, holder, mail) LOOP
        seen := format('%2$I = (SELECT crm.me()) OR created_by = (SELECT crm.me())
                   OR %2$I = ANY ((SELECT crm.people_of(crm.me()))::uuid[])
                   OR (num_nonnulls(contact_id, record_id, ticket_id) > 0
                       AND (contact_id IS NULL OR EXISTS (SELECT FROM crm.contact c WHERE c.id = %1$I.contact_id OFFSET 0))
                       AND (record_id IS NULL OR EXISTS (SELECT FROM crm.record r WHERE r.id = %1$I.record_id OFFSET 0))
                       AND (ticket_id IS NULL OR EXISTS (SELECT FROM crm.ticket t WHERE t.id = %1$I.ticket_id OFFSET 0))%3$s)',
            work.name, work.holder, work.mail);
        EXECUTE format('ALTER POLICY own ON crm.%I USING (%s)', work.name, seen);
        EXECUTE format('ALTER POLICY own_changes ON crm.%I USING (%s)', work.name, seen);
    END LOOP;
END
$$;
ALTER POLICY note_version_of_note ON crm.note_version
    USING (EXISTS (SELECT FROM crm.note n WHERE n.id = note_version.note_id OFFSET 0));

-- What the policies ask of a row stands in the index by which they find it.
DROP INDEX crm.mail_access_mail, crm.intake_unresolved, crm.ticket_unsolved, crm.record_open;
CREATE INDEX mail_access_mail ON crm.mail_access (mail_id) INCLUDE (scope_id);
CREATE INDEX intake_unresolved ON crm.intake (id) INCLUDE (mail_id, inbox, user_id) WHERE outcome = 'unresolved' AND resolved_at IS NULL;
CREATE INDEX ticket_unsolved ON crm.ticket (status, id) INCLUDE (owner_id, office_id) WHERE status NOT IN ('solved', 'closed');
CREATE INDEX record_open ON crm.record (owner_id, id) INCLUDE (office_id) WHERE state = 'open';

REVOKE EXECUTE ON FUNCTION crm.sight_of(name), crm.sees_cards(crm.sight, uuid, uuid, uuid), crm.inboxes_of(uuid[]) FROM PUBLIC;
