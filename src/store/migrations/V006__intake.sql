-- What came in and what came of it; news and work for users.

CREATE TABLE crm.intake (
    -- UUIDv7: the list of received mails is in its order.
    id uuid PRIMARY KEY,
    mail_id uuid,
    spool_id uuid NOT NULL,
    inbox text NOT NULL,
    detail text,
    -- The user on whose authority it came.
    user_id uuid REFERENCES crm.users,
    outcome text NOT NULL CHECK (outcome IN ('recorded', 'duplicate', 'internal', 'spam', 'automatic',
        'bounce', 'blocked', 'unresolved', 'failed')),
    reason text NOT NULL,
    -- Stable name of what makes it unresolved.
    cause text,
    -- What it could be: [{"contact": id}, {"record": id}].
    candidates jsonb NOT NULL DEFAULT '[]',
    -- How the owner was found.
    assignment text,
    owner_id uuid REFERENCES crm.users,
    queue_id text,
    door text NOT NULL,
    received_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    mail_from text NOT NULL,
    subject text,
    resolved_at timestamptz,
    resolved_by uuid REFERENCES crm.users,
    resolution text
);
-- One route per mail, inbox, detail and authority; further arrivals by it are listed as duplicates.
CREATE UNIQUE INDEX intake_route ON crm.intake
    (mail_id, inbox, (coalesce(detail, '')), (coalesce(user_id, '00000000-0000-0000-0000-000000000000')))
    WHERE mail_id IS NOT NULL AND outcome <> 'duplicate';
CREATE INDEX intake_unresolved ON crm.intake (id) WHERE outcome = 'unresolved' AND resolved_at IS NULL;
CREATE INDEX intake_inbox ON crm.intake (inbox, id);
CREATE INDEX intake_spool ON crm.intake (spool_id);

-- Leads that strangers opened in the hour that begins then, by client and by source: the ceilings.
CREATE TABLE crm.lead_count (
    key text PRIMARY KEY,
    hour timestamptz NOT NULL,
    leads integer NOT NULL
);

-- Spool entries that are recorded: a crash between commit and removal of the file writes nothing twice.
CREATE TABLE crm.sighting (
    spool_id uuid PRIMARY KEY,
    recorded_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE crm.notification (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES crm.users,
    kind text NOT NULL,
    contact_id uuid REFERENCES crm.contact,
    record_id uuid REFERENCES crm.record,
    ticket_id uuid REFERENCES crm.ticket,
    mail_id uuid,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz,
    CHECK (num_nonnulls(contact_id, record_id, ticket_id) <= 1)
);
CREATE INDEX notification_user ON crm.notification (user_id, id);

CREATE TABLE crm.activity (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    title text NOT NULL,
    owner_id uuid REFERENCES crm.users,
    contact_id uuid REFERENCES crm.contact,
    record_id uuid REFERENCES crm.record,
    ticket_id uuid REFERENCES crm.ticket,
    mail_id uuid,
    due_at timestamptz,
    created_by uuid REFERENCES crm.users,
    created_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz
);
CREATE INDEX activity_owner ON crm.activity (owner_id, due_at) WHERE completed_at IS NULL;
CREATE INDEX activity_contact ON crm.activity (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX activity_record ON crm.activity (record_id) WHERE record_id IS NOT NULL;

CREATE TABLE crm.task (
    id uuid PRIMARY KEY,
    title text NOT NULL,
    assigned_to uuid REFERENCES crm.users,
    contact_id uuid REFERENCES crm.contact,
    record_id uuid REFERENCES crm.record,
    ticket_id uuid REFERENCES crm.ticket,
    due_at timestamptz,
    created_by uuid REFERENCES crm.users,
    created_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz
);
CREATE INDEX task_assigned ON crm.task (assigned_to, due_at) WHERE completed_at IS NULL;

-- Notes on a card, a ticket or a mail.
CREATE TABLE crm.note (
    id uuid PRIMARY KEY,
    contact_id uuid REFERENCES crm.contact,
    record_id uuid REFERENCES crm.record,
    ticket_id uuid REFERENCES crm.ticket,
    mail_id uuid,
    author_id uuid REFERENCES crm.users,
    text text NOT NULL,
    pinned boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    edited_at timestamptz,
    deleted_at timestamptz,
    CHECK (num_nonnulls(contact_id, record_id, ticket_id, mail_id) = 1)
);
CREATE INDEX note_contact ON crm.note (contact_id, id) WHERE contact_id IS NOT NULL;
CREATE INDEX note_record ON crm.note (record_id, id) WHERE record_id IS NOT NULL;
CREATE INDEX note_mail ON crm.note (mail_id) WHERE mail_id IS NOT NULL;
