-- How users are told of their news: at once or once a day by mail, and through webhooks.

ALTER TABLE crm.users
    ADD COLUMN notices text NOT NULL DEFAULT 'at-once' CHECK (notices IN ('at-once', 'digest', 'none')),
    -- The day, in the user's time zone, of the last digest.
    ADD COLUMN digest_on date;
GRANT UPDATE (digest_on) ON crm.users TO crm_daemon;
GRANT UPDATE (notices) ON crm.users TO crm_user;

ALTER TABLE crm.notification
    -- When mail and webhooks were put into the outbox, or it was put aside for the digest.
    ADD COLUMN told_at timestamptz,
    ADD COLUMN for_digest boolean NOT NULL DEFAULT false;
UPDATE crm.notification SET told_at = now();
CREATE INDEX notification_untold ON crm.notification (id) WHERE told_at IS NULL;
CREATE INDEX notification_for_digest ON crm.notification (user_id, id) WHERE for_digest;
GRANT UPDATE (told_at, for_digest) ON crm.notification TO crm_daemon;

CREATE FUNCTION crm.tell_notification() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('crm_outbox', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_notification AFTER INSERT ON crm.notification
    FOR EACH STATEMENT EXECUTE FUNCTION crm.tell_notification();
REVOKE EXECUTE ON FUNCTION crm.tell_notification() FROM PUBLIC;

-- A webhook that is away holds up no mail: the two are claimed apart.
CREATE INDEX outbox_webhook_due ON crm.outbox (next_at) WHERE state = 'queued' AND channel = 'webhook';

-- News that comes once for what it is about and the day, whichever node it reaches first.
CREATE TABLE crm.told_once (
    digest bytea PRIMARY KEY,
    told_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, DELETE ON crm.told_once TO crm_daemon;
