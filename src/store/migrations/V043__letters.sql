-- Comments and letters of users: what may stand in a row of the outbox that a user writes, what a user attaches, and
-- answers that nobody vouches for.

-- It came to the signed address of a ticket or record, from somebody who is no party to it. Linked once more by hand,
-- somebody does vouch for it.
ALTER TABLE crm.link ADD COLUMN unverified boolean NOT NULL DEFAULT false;
GRANT UPDATE (unverified) ON crm.link TO crm_user, crm_desk;

CREATE INDEX outbox_comment ON crm.outbox (comment_id) WHERE comment_id IS NOT NULL;

-- Which user has put which content here: whoever knows a digest has not yet seen the content.
CREATE TABLE crm.upload (
    sha256 bytea NOT NULL,
    user_id uuid NOT NULL REFERENCES crm.users,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sha256, user_id)
);
ALTER TABLE crm.upload ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON crm.upload FOR SELECT TO crm_user USING (user_id = (SELECT crm.me()));
GRANT SELECT ON crm.upload TO crm_user;

CREATE FUNCTION crm.add_content(content bytea) RETURNS bytea
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key bytea := sha256(content);
    who uuid := crm.user_of(crm.caller());
BEGIN
    IF who IS NULL THEN
        RAISE EXCEPTION '% is no active user', crm.caller() USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO crm.attachment_content (sha256, content) VALUES (key, content) ON CONFLICT DO NOTHING;
    INSERT INTO crm.upload AS u (sha256, user_id) VALUES (key, who)
    ON CONFLICT ON CONSTRAINT upload_pkey DO UPDATE SET added_at = now();
    RETURN key;
END
$$;
COMMENT ON FUNCTION crm.add_content(bytea) IS 'Keeps a content that its caller is going to attach; returns its SHA-256.';

-- Whether a block stands against an address, whoever may see the block itself.
CREATE FUNCTION crm.is_blocked(own text[], domain text, above text[]) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM crm.block b WHERE b.removed_at IS NULL
                   AND (b.kind = 'address' AND b.value = ANY (own) OR b.kind = 'domain' AND b.value = domain
                        OR b.kind = 'subdomains' AND b.value = ANY (above)))
        OR EXISTS (SELECT FROM unnest(own) AS o (address)
                   JOIN crm.block b ON substring(b.keyed_hash FROM 1 FOR 16) = crm.block_key(o.address)
                   WHERE b.removed_at IS NULL AND b.kind = 'hash')
        OR EXISTS (SELECT FROM unnest(own) AS o (address)
                   JOIN crm.contact_address a ON a.digest = crm.digest(o.address)
                   JOIN crm.block b ON b.contact_id = a.contact_id
                   WHERE b.removed_at IS NULL AND b.kind = 'contact')
$$;

-- What row-level security cannot say of a row that a user writes. The daemon sends it in the name of the author or of an
-- inbox, signs an address for its code, and reads every attachment: so the code is that of what the row stands on, and
-- the attachments are what the user sees or has put here. Not a definer's: it asks as the caller.
CREATE FUNCTION crm.guard_outbox() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    them uuid := crm.me();
    wrong text;
BEGIN
    IF them IS NULL THEN
        RETURN NEW;
    END IF;
    wrong := CASE
        WHEN NEW.kind NOT IN ('comment', 'letter') THEN 'users write comments and letters'
        WHEN NEW.author_id IS DISTINCT FROM them THEN 'it must be the author''s own'
        WHEN NEW.contact_id IS NULL OR NOT EXISTS (SELECT FROM crm.contact_address a
             WHERE a.contact_id = NEW.contact_id AND a.digest = crm.digest(NEW.rcpt_to)) THEN 'it must go to an address of its contact'
        WHEN NEW.message_id NOT LIKE '<' || replace(NEW.id::text, '-', '') || '@%' THEN 'its Message-ID must be that of its id'
        WHEN NEW.kind = 'comment' AND NOT EXISTS (SELECT FROM crm.ticket_comment k
             WHERE k.id = NEW.comment_id AND k.is_public AND k.ticket_id = NEW.ticket_id AND k.author_id = them)
            THEN 'it must be a public comment of the author''s own on its ticket'
        WHEN NEW.kind = 'letter' AND NEW.comment_id IS NOT NULL THEN 'a letter carries no comment'
        -- In whose name it goes out.
        WHEN (NEW.kind = 'letter') <> (NEW.inbox IS NULL) THEN 'a letter is its author''s, a comment an inbox''s'
        WHEN NEW.message ->> 'code' IS NOT NULL
             AND NOT EXISTS (SELECT FROM crm.ticket t WHERE t.id = NEW.ticket_id AND t.code = NEW.message ->> 'code')
             AND NOT EXISTS (SELECT FROM crm.record r WHERE r.id = NEW.record_id AND r.code = NEW.message ->> 'code')
            THEN 'answers must come to its own ticket or record'
        WHEN octet_length(NEW.message::text) > 10000000 THEN 'its content is too large'
        WHEN jsonb_typeof(NEW.message) <> 'object' OR jsonb_typeof(coalesce(NEW.message -> 'attachments', '[]')) <> 'array'
            THEN 'its content has another form'
        WHEN EXISTS (SELECT FROM jsonb_array_elements(coalesce(NEW.message -> 'attachments', '[]')) AS f (file)
             WHERE coalesce(f.file ->> 'sha256', '') !~ '^[0-9a-f]{64}$') THEN 'its content has another form'
        WHEN EXISTS (SELECT FROM jsonb_array_elements(coalesce(NEW.message -> 'attachments', '[]')) AS f (file)
             WHERE NOT EXISTS (SELECT FROM crm.upload u WHERE u.sha256 = decode(f.file ->> 'sha256', 'hex') AND u.user_id = them)
               AND NOT EXISTS (SELECT FROM crm.attachment_content c WHERE c.sha256 = decode(f.file ->> 'sha256', 'hex')))
            THEN 'it may attach only what its author sees or has put here'
    END;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'this may not go out: %', wrong USING ERRCODE = 'insufficient_privilege',
            HINT = 'Use `crmctl mail write` and `crmctl ticket comment`.';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER guard_outbox BEFORE INSERT ON crm.outbox FOR EACH ROW EXECUTE FUNCTION crm.guard_outbox();

REVOKE EXECUTE ON FUNCTION crm.add_content(bytea), crm.is_blocked(text[], text, text[]), crm.guard_outbox() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.add_content(bytea) TO crm_user;
GRANT EXECUTE ON FUNCTION crm.is_blocked(text[], text, text[]) TO crm_user, crm_desk;
