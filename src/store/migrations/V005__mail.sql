-- Stored mails. They never change: V008 holds the triggers that refuse it.
--
-- `mail`, its raw bytes, parties and attachments are partitioned by month over the mail's id, a UUIDv7 made
-- when it was recorded. Uniqueness by fingerprint and lookup by Message-ID live in small tables beside it,
-- as a unique key of a partitioned table must hold the partition key. Nothing references `mail` by a
-- foreign key: a referenced partition could be neither detached nor dropped.

CREATE TABLE crm.mail (
    id uuid PRIMARY KEY,
    fingerprint bytea NOT NULL,
    anonymous boolean NOT NULL,
    source text NOT NULL CHECK (source IN
        ('assistant-bcc', 'assistant-forward', 'inbox', 'capture', 'desk', 'import', 'api')),
    direction text NOT NULL CHECK (direction IN ('in', 'out')),
    -- Three times: the sender's, the server's, ours.
    sent_at timestamptz,
    received_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    -- Envelope sender, empty for the null sender.
    mail_from text NOT NULL,
    message_id text,
    subject text,
    text text NOT NULL,
    new_text text,
    note text,
    language text,
    filed_by uuid,
    -- Why it was not understood; then only raw bytes and envelope are there.
    unparsed text,
    findings jsonb NOT NULL DEFAULT '[]',
    -- Octets of the message as received.
    size bigint NOT NULL
) PARTITION BY RANGE (id);

CREATE TABLE crm.mail_raw (
    mail_id uuid PRIMARY KEY,
    raw bytea NOT NULL
) PARTITION BY RANGE (mail_id);

CREATE TABLE crm.party (
    mail_id uuid NOT NULL,
    position smallint NOT NULL,
    role text NOT NULL CHECK (role IN ('from', 'sender', 'reply-to', 'to', 'cc', 'bcc')),
    name text,
    address text,
    canonical text,
    -- Who it was when the mail was recorded.
    contact_id uuid,
    user_id uuid,
    PRIMARY KEY (mail_id, position)
) PARTITION BY RANGE (mail_id);
CREATE INDEX party_canonical ON crm.party (canonical) WHERE canonical IS NOT NULL;

CREATE TABLE crm.attachment (
    mail_id uuid NOT NULL,
    position smallint NOT NULL,
    name text,
    media_type text NOT NULL,
    sha256 bytea NOT NULL,
    size bigint NOT NULL,
    PRIMARY KEY (mail_id, position)
) PARTITION BY RANGE (mail_id);
CREATE INDEX attachment_content_of ON crm.attachment (sha256);

-- Equal contents are stored once.
CREATE TABLE crm.attachment_content (
    sha256 bytea PRIMARY KEY,
    content bytea NOT NULL
);
-- Most attachments are compressed already.
ALTER TABLE crm.attachment_content ALTER COLUMN content SET STORAGE EXTERNAL;

-- One mail per fingerprint. An anonymous one (no Message-ID of its sender's) counts as a repeat for six
-- hours only; after that its key moves on to the newer mail.
CREATE TABLE crm.mail_key (
    fingerprint bytea PRIMARY KEY,
    mail_id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    anonymous boolean NOT NULL
);

-- Under which digests of Message-IDs answers find a mail. Several mails may claim one.
CREATE TABLE crm.message_id_key (
    digest bytea NOT NULL,
    mail_id uuid NOT NULL,
    PRIMARY KEY (digest, mail_id)
);

-- What a mail stands on. By whom and how it was linked is kept; re-linking by hand adds and removes.
CREATE TABLE crm.link (
    mail_id uuid NOT NULL,
    contact_id uuid REFERENCES crm.contact,
    record_id uuid REFERENCES crm.record,
    ticket_id uuid REFERENCES crm.ticket,
    how text NOT NULL DEFAULT 'rule' CHECK (how IN ('rule', 'hand', 'merge')),
    linked_by uuid REFERENCES crm.users,
    linked_at timestamptz NOT NULL DEFAULT now(),
    CHECK (num_nonnulls(contact_id, record_id, ticket_id) = 1)
);
CREATE UNIQUE INDEX link_contact ON crm.link (contact_id, mail_id) WHERE contact_id IS NOT NULL;
CREATE UNIQUE INDEX link_record ON crm.link (record_id, mail_id) WHERE record_id IS NOT NULL;
CREATE UNIQUE INDEX link_ticket ON crm.link (ticket_id, mail_id) WHERE ticket_id IS NOT NULL;
CREATE INDEX link_mail ON crm.link (mail_id);

-- What people do with a mail, which is no part of the mail: its owner, a lock against changes of links.
CREATE TABLE crm.mail_handling (
    mail_id uuid PRIMARY KEY,
    owner_id uuid REFERENCES crm.users,
    locked_at timestamptz,
    locked_by uuid REFERENCES crm.users
);
