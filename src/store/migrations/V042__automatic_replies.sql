-- Automatic replies: what came of them, and how many went to whom.

-- What came of the automatic reply, for people: to whom it goes, or why there is none. Null where the inbox has none.
ALTER TABLE crm.intake ADD COLUMN reply text;

-- Replies since then, by the digest of what is counted: an address, an inbox's sender, all of them. How long a window is,
-- and how many there may be in it, the configuration says.
CREATE TABLE crm.reply_count (
    key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    since timestamptz NOT NULL,
    replies integer NOT NULL,
    -- When it may be forgotten.
    until timestamptz NOT NULL
);
CREATE INDEX reply_count_until ON crm.reply_count (until);
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.reply_count TO crm_daemon;

CREATE OR REPLACE VIEW crm.crm_intakes WITH (security_invoker = true) AS
SELECT i.id AS intake_id, i.mail_id, i.inbox, i.detail, i.outcome, i.reason, i.cause, i.assignment, u.login AS submitted_by,
    w.login AS owner, i.door, i.queue_id, i.received_at, i.recorded_at, i.mail_from, i.subject, i.resolved_at,
    r.login AS resolved_by, i.resolution, i.reply
FROM crm.intake i
LEFT JOIN crm.users u ON u.id = i.user_id
LEFT JOIN crm.users w ON w.id = i.owner_id
LEFT JOIN crm.users r ON r.id = i.resolved_by;
COMMENT ON COLUMN crm.crm_intakes.reply IS 'What came of the automatic reply: to whom it goes, or why there is none; null where the inbox has none.';
