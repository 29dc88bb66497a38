-- What is worked on: records (leads, deals, projects, properties …) and tickets, with their codes.

-- The last number given in each series; year 0 where numbers run through the years. A number is given by
-- an update in the transaction that uses it, so there are no gaps.
CREATE TABLE crm.series (
    prefix text NOT NULL CHECK (prefix = upper(prefix) AND prefix <> ''),
    year smallint NOT NULL DEFAULT 0,
    last bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (prefix, year)
);

CREATE TABLE crm.record (
    id uuid PRIMARY KEY,
    -- lead, deal, or a kind of the company's own.
    kind text NOT NULL,
    code text NOT NULL UNIQUE CHECK (code = upper(code)),
    series text NOT NULL,
    external_reference text,
    title text NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'won', 'lost', 'closed')),
    stage_id uuid REFERENCES crm.stage,
    owner_id uuid REFERENCES crm.users,
    office_id uuid REFERENCES crm.office,
    origin text REFERENCES crm.origin,
    -- The record that it came from: a deal's lead.
    parent_id uuid REFERENCES crm.record,
    amount numeric,
    currency text,
    fields jsonb NOT NULL DEFAULT '{}',
    created_by uuid REFERENCES crm.users,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz
);
CREATE INDEX record_external_reference ON crm.record (crm.digest(external_reference))
    WHERE external_reference IS NOT NULL;
CREATE INDEX record_owner ON crm.record (owner_id);

CREATE TABLE crm.record_party (
    record_id uuid NOT NULL REFERENCES crm.record ON DELETE CASCADE,
    contact_id uuid NOT NULL REFERENCES crm.contact,
    role text,
    PRIMARY KEY (record_id, contact_id)
);
CREATE INDEX record_party_contact ON crm.record_party (contact_id);

CREATE TABLE crm.ticket (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code = upper(code)),
    series text NOT NULL,
    subject text NOT NULL,
    status text NOT NULL DEFAULT 'new'
        CHECK (status IN ('new', 'open', 'pending', 'on_hold', 'solved', 'closed')),
    priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    contact_id uuid REFERENCES crm.contact,
    record_id uuid REFERENCES crm.record,
    owner_id uuid REFERENCES crm.users,
    -- Key of the inbox that it came by.
    inbox text NOT NULL,
    created_by uuid REFERENCES crm.users,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    solved_at timestamptz,
    closed_at timestamptz
);
CREATE INDEX ticket_contact ON crm.ticket (contact_id);
CREATE INDEX ticket_owner ON crm.ticket (owner_id);

-- A public comment goes to the contact by mail; a private note never leaves.
CREATE TABLE crm.ticket_comment (
    id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES crm.ticket ON DELETE CASCADE,
    is_public boolean NOT NULL,
    author_id uuid REFERENCES crm.users,
    -- The mail that it was, or went out as.
    mail_id uuid,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    edited_at timestamptz,
    deleted_at timestamptz
);
CREATE INDEX ticket_comment_ticket ON crm.ticket_comment (ticket_id, id);
