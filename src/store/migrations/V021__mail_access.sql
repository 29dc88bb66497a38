-- Which mail is seen by whom: by those who see all that it stands on, and by its author.
--
-- A scope is a set of holders, (owner, office) of each card that a mail stands on, kept once however many
-- mails have it. Who sees a scope is worked out once per statement, from few rows; a mail is seen by whoever
-- sees one of its scopes. Beside the holders' scope a mail has one for each user who wrote or filed it. What
-- stands on no card has the scope of its inbox.
--
-- `mail_access` follows by triggers on links, on intakes, and on owner and office of cards. Two transactions
-- that meet at a mail take turns at its rows, and a link waits for a change of its card's owner (FOR SHARE):
-- otherwise each would work out the scope from what it sees, and the older one could win.

ALTER TABLE crm.ticket ADD COLUMN office_id uuid REFERENCES crm.office;

-- First pages of whoever sees little, in the order of the lists.
CREATE INDEX contact_owner_id ON crm.contact (owner_id, id);
CREATE INDEX contact_office_id ON crm.contact (office_id, id) WHERE office_id IS NOT NULL;
CREATE INDEX record_owner_id ON crm.record (owner_id, id);
CREATE INDEX record_office_id ON crm.record (office_id, id) WHERE office_id IS NOT NULL;
CREATE INDEX ticket_owner_id ON crm.ticket (owner_id, id);
CREATE INDEX ticket_office_id ON crm.ticket (office_id, id) WHERE office_id IS NOT NULL;
DROP INDEX crm.contact_owner, crm.record_owner, crm.ticket_owner;

-- Inboxes as the nodes' configuration has them, and the office of each.
CREATE TABLE crm.inbox (
    key text PRIMARY KEY,
    office text
);

CREATE TABLE crm.scope (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Digest of what it is made of.
    key bytea NOT NULL UNIQUE,
    author_id uuid REFERENCES crm.users,
    inbox text,
    CHECK (num_nonnulls(author_id, inbox) <= 1)
);
CREATE INDEX scope_author ON crm.scope (author_id) WHERE author_id IS NOT NULL;
CREATE INDEX scope_inbox ON crm.scope (inbox) WHERE inbox IS NOT NULL;

CREATE TABLE crm.scope_holder (
    scope_id bigint NOT NULL REFERENCES crm.scope,
    owner_id uuid,
    office_id uuid
);
CREATE INDEX scope_holder_scope ON crm.scope_holder (scope_id);
CREATE INDEX scope_holder_owner ON crm.scope_holder (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX scope_holder_office ON crm.scope_holder (office_id) WHERE office_id IS NOT NULL;

CREATE TABLE crm.mail_access (
    scope_id bigint NOT NULL,
    -- When it was sent by its Date field, but not later than it was received.
    sent_at timestamptz NOT NULL,
    mail_id uuid NOT NULL,
    author boolean NOT NULL DEFAULT false,
    PRIMARY KEY (scope_id, sent_at, mail_id)
);
CREATE INDEX mail_access_mail ON crm.mail_access (mail_id);
-- The order of the same list for whoever sees all.
CREATE INDEX mail_sent ON crm.mail ((least(sent_at, received_at)), id);

-- The scopes of these descriptions, in their order; null where there is none yet.
CREATE FUNCTION crm.find_scopes(made text[]) RETURNS bigint[]
    LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY(SELECT (SELECT s.id FROM crm.scope s WHERE s.key = sha256(convert_to(m.text, 'UTF8')))
                 FROM unnest(made) WITH ORDINALITY AS m (text, n) ORDER BY m.n)
$$;

-- The same, made where they are missing; in the order of their keys, so that two transactions do not block
-- each other. A description is `owner/office` of the holders, or `author:` or `inbox:` and whose.
CREATE FUNCTION crm.ensure_scopes(made text[]) RETURNS bigint[]
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
    INSERT INTO crm.scope_holder (scope_id, owner_id, office_id)
    SELECT f.id, nullif(split_part(h.holder, '/', 1), '')::uuid, nullif(split_part(h.holder, '/', 2), '')::uuid
    FROM fresh f
    JOIN wanted w ON w.key = f.key
    CROSS JOIN LATERAL unnest(string_to_array(w.text, ',')) AS h (holder)
    WHERE f.author_id IS NULL AND f.inbox IS NULL;
    RETURN crm.find_scopes(made);
END
$$;

-- Works out anew who sees these mails by what they stand on.
CREATE FUNCTION crm.refresh_access(mails uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ids uuid[];
    made text[];
    scopes bigint[];
    there boolean;
BEGIN
    PERFORM FROM crm.mail_access WHERE mail_id = ANY (mails) AND NOT author ORDER BY mail_id, scope_id FOR UPDATE;
    there := FOUND;
    SELECT array_agg(w.mail_id), array_agg(w.made) INTO ids, made
    FROM (
        SELECT m.mail_id, coalesce(
            (SELECT string_agg(DISTINCT concat(coalesce(c.owner_id, r.owner_id, t.owner_id), '/',
                                               coalesce(c.office_id, r.office_id, t.office_id)), ',')
             FROM crm.link l
             LEFT JOIN crm.contact c ON c.id = l.contact_id
             LEFT JOIN crm.record r ON r.id = l.record_id
             LEFT JOIN crm.ticket t ON t.id = l.ticket_id
             WHERE l.mail_id = m.mail_id),
            (SELECT 'inbox:' || i.inbox FROM crm.intake i
             WHERE i.mail_id = m.mail_id AND i.outcome <> 'duplicate' ORDER BY i.id LIMIT 1),
            'inbox:') AS made
        FROM unnest(mails) AS m (mail_id)
    ) AS w;
    scopes := crm.ensure_scopes(made);
    IF there THEN
        UPDATE crm.mail_access a SET scope_id = w.scope_id
        FROM unnest(ids, scopes) AS w (mail_id, scope_id)
        WHERE a.mail_id = w.mail_id AND NOT a.author AND a.scope_id <> w.scope_id;
    END IF;
    INSERT INTO crm.mail_access (scope_id, sent_at, mail_id)
    SELECT w.scope_id, least(m.sent_at, m.received_at), m.id
    FROM unnest(ids, scopes) AS w (mail_id, scope_id)
    JOIN crm.mail m ON m.id = w.mail_id
    WHERE NOT there OR NOT EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = w.mail_id AND NOT a.author)
    ON CONFLICT DO NOTHING;
END
$$;

CREATE FUNCTION crm.access_by_link() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cards uuid[];
    mails uuid[];
BEGIN
    IF TG_OP <> 'DELETE' THEN
        -- By arrays: a join could be read as one row of the card's table after the other.
        cards := ARRAY(SELECT DISTINCT contact_id FROM changed WHERE contact_id IS NOT NULL);
        IF cards <> '{}' THEN
            PERFORM FROM crm.contact WHERE id = ANY (cards) ORDER BY id FOR SHARE;
        END IF;
        cards := ARRAY(SELECT DISTINCT record_id FROM changed WHERE record_id IS NOT NULL);
        IF cards <> '{}' THEN
            PERFORM FROM crm.record WHERE id = ANY (cards) ORDER BY id FOR SHARE;
        END IF;
        cards := ARRAY(SELECT DISTINCT ticket_id FROM changed WHERE ticket_id IS NOT NULL);
        IF cards <> '{}' THEN
            PERFORM FROM crm.ticket WHERE id = ANY (cards) ORDER BY id FOR SHARE;
        END IF;
    END IF;
    mails := ARRAY(SELECT DISTINCT mail_id FROM changed ORDER BY mail_id);
    IF mails <> '{}' THEN
        PERFORM crm.refresh_access(mails);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER access_inserted AFTER INSERT ON crm.link
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.access_by_link();
CREATE TRIGGER access_deleted AFTER DELETE ON crm.link
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.access_by_link();
CREATE TRIGGER access_updated_from AFTER UPDATE ON crm.link
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.access_by_link();
CREATE TRIGGER access_updated_to AFTER UPDATE ON crm.link
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.access_by_link();

-- Authors, and mail that stands on nothing.
CREATE FUNCTION crm.access_by_intake() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    unlinked uuid[];
BEGIN
    unlinked := ARRAY(SELECT DISTINCT i.mail_id FROM changed i
                      WHERE i.mail_id IS NOT NULL AND NOT EXISTS (SELECT FROM crm.link l WHERE l.mail_id = i.mail_id)
                      ORDER BY i.mail_id);
    IF unlinked <> '{}' THEN
        PERFORM crm.refresh_access(unlinked);
    END IF;
    IF EXISTS (SELECT FROM changed WHERE user_id IS NOT NULL AND mail_id IS NOT NULL) THEN
        PERFORM crm.ensure_scopes(ARRAY(SELECT DISTINCT 'author:' || user_id FROM changed WHERE user_id IS NOT NULL));
        INSERT INTO crm.mail_access (scope_id, sent_at, mail_id, author)
        SELECT DISTINCT s.id, least(m.sent_at, m.received_at), m.id, true
        FROM changed i
        JOIN crm.scope s ON s.author_id = i.user_id
        JOIN crm.mail m ON m.id = i.mail_id
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER access AFTER INSERT ON crm.intake
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.access_by_intake();

-- A card that changes hands takes its mails with it.
CREATE FUNCTION crm.access_by_card() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_hashjoin = on AS $$
DECLARE
    cards uuid[];
    mails uuid[];
BEGIN
    cards := ARRAY(SELECT n.id FROM new_rows n JOIN old_rows o USING (id)
                   WHERE (n.owner_id, n.office_id) IS DISTINCT FROM (o.owner_id, o.office_id));
    IF cards = '{}' THEN
        RETURN NULL;
    END IF;
    CASE TG_TABLE_NAME
        WHEN 'contact' THEN
            mails := ARRAY(SELECT DISTINCT mail_id FROM crm.link WHERE contact_id = ANY (cards));
        WHEN 'record' THEN
            mails := ARRAY(SELECT DISTINCT mail_id FROM crm.link WHERE record_id = ANY (cards));
        ELSE
            mails := ARRAY(SELECT DISTINCT mail_id FROM crm.link WHERE ticket_id = ANY (cards));
    END CASE;
    IF mails <> '{}' THEN
        PERFORM crm.refresh_access(mails);
    END IF;
    RETURN NULL;
END
$$;
DO $$
DECLARE
    card text;
BEGIN
    FOREACH card IN ARRAY ARRAY['contact', 'record', 'ticket'] LOOP
        EXECUTE format('CREATE TRIGGER access AFTER UPDATE ON crm.%I REFERENCING OLD TABLE AS old_rows
            NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION crm.access_by_card()', card);
    END LOOP;
END
$$;

-- The scopes that a role sees, but for an administrator, who needs none.
CREATE FUNCTION crm.scopes_of(them name) RETURNS bigint[]
    LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who uuid := crm.user_of(them);
    people uuid[] := crm.people_of(who);
    offices uuid[] := crm.offices_of(who);
BEGIN
    RETURN ARRAY(
        SELECT c.scope_id
        FROM (SELECT scope_id FROM crm.scope_holder WHERE owner_id = ANY (people)
              UNION
              SELECT scope_id FROM crm.scope_holder WHERE office_id = ANY (offices)) AS c
        WHERE NOT EXISTS (SELECT FROM crm.scope_holder h
                          WHERE h.scope_id = c.scope_id
                            AND (h.owner_id = ANY (people) OR h.office_id = ANY (offices)) IS NOT TRUE)
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

-- Nodes tell which inboxes there are, and the office of each.
CREATE FUNCTION crm.declare_inboxes(keys text[], offices text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO crm.inbox AS i (key, office)
    SELECT * FROM unnest(keys, offices) ORDER BY 1
    ON CONFLICT (key) DO UPDATE SET office = excluded.office WHERE i.office IS DISTINCT FROM excluded.office
$$;

-- What was stored before.
DO $$
DECLARE
    mails uuid[];
    last uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    LOOP
        mails := ARRAY(SELECT id FROM crm.mail WHERE id > last ORDER BY id LIMIT 10000);
        EXIT WHEN mails = '{}';
        PERFORM crm.refresh_access(mails);
        last := mails[cardinality(mails)];
    END LOOP;
    PERFORM crm.ensure_scopes(ARRAY(SELECT DISTINCT 'author:' || user_id FROM crm.intake WHERE user_id IS NOT NULL));
    INSERT INTO crm.mail_access (scope_id, sent_at, mail_id, author)
    SELECT DISTINCT s.id, least(m.sent_at, m.received_at), m.id, true
    FROM crm.intake i
    JOIN crm.scope s ON s.author_id = i.user_id
    JOIN crm.mail m ON m.id = i.mail_id
    ON CONFLICT DO NOTHING;
END
$$;

REVOKE EXECUTE ON FUNCTION crm.find_scopes(text[]), crm.ensure_scopes(text[]), crm.refresh_access(uuid[]), crm.access_by_link(),
    crm.access_by_intake(), crm.access_by_card(), crm.scopes_of(name), crm.declare_inboxes(text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.scopes_of(name) TO crm_user, crm_desk;
GRANT EXECUTE ON FUNCTION crm.declare_inboxes(text[], text[]) TO crm_daemon;
