-- What goes out, to whom nothing goes, and who is not let in.

-- Made in the transaction of what it answers; claimed by any node with a lease.
CREATE TABLE crm.outbox (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('reply', 'notice', 'comment', 'letter')),
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'dead', 'cancelled')),
    mail_from text NOT NULL,
    rcpt_to text NOT NULL,
    -- The same on every attempt.
    message_id text NOT NULL,
    subject text NOT NULL,
    message jsonb NOT NULL,
    in_reply_to uuid,
    contact_id uuid REFERENCES crm.contact,
    record_id uuid REFERENCES crm.record,
    ticket_id uuid REFERENCES crm.ticket,
    comment_id uuid REFERENCES crm.ticket_comment,
    author_id uuid REFERENCES crm.users,
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(),
    leased_by text,
    leased_until timestamptz,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz
);
CREATE INDEX outbox_due ON crm.outbox (next_at) WHERE state = 'queued';
CREATE INDEX outbox_rcpt ON crm.outbox (crm.digest(rcpt_to), created_at);

-- Addresses to which nothing is sent, and why.
CREATE TABLE crm.address_state (
    digest bytea PRIMARY KEY,
    -- Gone after an erasure; the digest keeps its effect.
    address text,
    soft_failures integer NOT NULL DEFAULT 0,
    off_at timestamptz,
    reason text CHECK (reason IN ('bounce', 'full', 'complaint', 'unsubscribe', 'hand')),
    -- The message that said so.
    mail_id uuid,
    off_by uuid REFERENCES crm.users,
    reactivated_at timestamptz,
    reactivated_by uuid REFERENCES crm.users
);

CREATE TABLE crm.consent (
    id uuid PRIMARY KEY,
    contact_id uuid REFERENCES crm.contact,
    address text,
    purpose text NOT NULL,
    evidence text NOT NULL,
    given_at timestamptz NOT NULL,
    recorded_by uuid REFERENCES crm.users,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    withdrawn_at timestamptz
);
CREATE INDEX consent_contact ON crm.consent (contact_id);

-- A block of a contact holds for whatever addresses the contact has; after an erasure it is kept as
-- `keyed_hash` blocks of the addresses.
CREATE TABLE crm.block (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('address', 'domain', 'contact', 'hash')),
    value text,
    contact_id uuid REFERENCES crm.contact,
    keyed_hash bytea,
    scope text NOT NULL DEFAULT 'inbox' CHECK (scope IN ('inbox', 'all')),
    reason text,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    removed_by text,
    removed_at timestamptz,
    CHECK (CASE kind WHEN 'contact' THEN contact_id IS NOT NULL WHEN 'hash' THEN keyed_hash IS NOT NULL
           ELSE value IS NOT NULL END)
);
CREATE UNIQUE INDEX block_value ON crm.block (kind, value) WHERE removed_at IS NULL AND value IS NOT NULL;
CREATE UNIQUE INDEX block_contact ON crm.block (contact_id) WHERE removed_at IS NULL AND kind = 'contact';

-- Every node hears of a change at its commit and loads the list anew.
CREATE FUNCTION crm.tell_block() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('crm_block', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_block AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON crm.block
    FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block();

-- A blocked contact that gains or loses an address changes the list too.
CREATE FUNCTION crm.tell_block_of_contact() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM crm.block
               WHERE kind = 'contact' AND removed_at IS NULL
                 AND contact_id IN (SELECT contact_id FROM changed)) THEN
        PERFORM pg_notify('crm_block', '');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_block_insert AFTER INSERT ON crm.contact_address
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block_of_contact();
CREATE TRIGGER tell_block_update AFTER UPDATE ON crm.contact_address
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block_of_contact();
CREATE TRIGGER tell_block_delete AFTER DELETE ON crm.contact_address
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_block_of_contact();
