-- Mail out: what the rows of the outbox need to be sent by any node, and the keys that its addresses are signed with.

ALTER TABLE crm.outbox
    -- Short, for the signed addresses: bounces and unsubscribes come back under it.
    ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY,
    -- Key of the inbox in whose name it goes out, and whose address answers and bounces come to.
    ADD COLUMN inbox text,
    -- A webhook's rows have its key in `rcpt_to`.
    ADD COLUMN channel text NOT NULL DEFAULT 'mail' CHECK (channel IN ('mail', 'webhook')),
    -- What it tells a user of.
    ADD COLUMN notification_id uuid REFERENCES crm.notification,
    -- The stored mail that it became when it had been sent; letters and comments do.
    ADD COLUMN mail_id uuid,
    ADD CONSTRAINT outbox_number UNIQUE (number);
CREATE INDEX outbox_notification ON crm.outbox (notification_id) WHERE notification_id IS NOT NULL;
CREATE INDEX outbox_contact ON crm.outbox (contact_id, created_at) WHERE contact_id IS NOT NULL;
CREATE INDEX outbox_message_id ON crm.outbox (crm.digest(message_id));
GRANT UPDATE (mail_id) ON crm.outbox TO crm_daemon;

COMMENT ON COLUMN crm.outbox.mail_from IS 'Empty: the null sender. Else the inbox''s address; it is signed when the mail is sent.';

-- Nodes wait for this and for the next time that something is due, and look at no other time.
CREATE FUNCTION crm.tell_outbox() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('crm_outbox', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_outbox_added AFTER INSERT ON crm.outbox
    FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_outbox();
-- By people only: what the daemon changes it knows.
CREATE TRIGGER tell_outbox_changed AFTER UPDATE OF state, next_at ON crm.outbox
    FOR EACH STATEMENT WHEN (current_user <> 'crm_daemon') EXECUTE FUNCTION crm.tell_outbox();
REVOKE EXECUTE ON FUNCTION crm.tell_outbox() FROM PUBLIC;

-- Users write comments and letters about what they see, to addresses of the contact; who they are and what
-- stands as sender is not theirs to say: the daemon takes it from author and inbox.
GRANT INSERT (id, kind, inbox, mail_from, rcpt_to, message_id, subject, message, in_reply_to, contact_id, record_id,
    ticket_id, comment_id, author_id) ON crm.outbox TO crm_user;
CREATE POLICY own_made ON crm.outbox FOR INSERT TO crm_coordinator, crm_agent
    WITH CHECK (kind IN ('comment', 'letter') AND author_id = (SELECT crm.me())
                AND contact_id IS NOT NULL AND crm.sees(contact_id, record_id, ticket_id, in_reply_to)
                AND EXISTS (SELECT FROM crm.contact_address a
                            WHERE a.contact_id = outbox.contact_id AND a.digest = crm.digest(rcpt_to)));

-- Keys of what answers and bounces are known by, shared by all nodes. An address signed with one is honoured as long
-- as the key is here.
CREATE TABLE crm.signing_key (
    -- Stands in the address as a letter or digit.
    id smallint PRIMARY KEY CHECK (id BETWEEN 0 AND 31),
    secret bytea NOT NULL CHECK (octet_length(secret) = 32),
    made_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON crm.signing_key TO crm_daemon;

CREATE FUNCTION crm.rotate_signing_key() RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('crm.signing_key'));
    IF EXISTS (SELECT FROM crm.signing_key WHERE made_at > now() - interval '90 days') THEN
        RETURN false;
    END IF;
    DELETE FROM crm.signing_key WHERE made_at < now() - interval '2 years';
    INSERT INTO crm.signing_key (id, secret)
    SELECT coalesce((SELECT (id + 1) % 32 FROM crm.signing_key ORDER BY made_at DESC LIMIT 1), 0),
        sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
            || uuid_send(gen_random_uuid()));
    RETURN true;
END
$$;
COMMENT ON FUNCTION crm.rotate_signing_key() IS 'Makes a new key every 90 days and forgets those of two years ago.';
REVOKE EXECUTE ON FUNCTION crm.rotate_signing_key() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.rotate_signing_key() TO crm_daemon;
SELECT crm.rotate_signing_key();
