-- What work on records, tickets, activities and received mails needs beyond the first schema.

-- Whose turn it is: those whom the queue of an inbox has served, each once, the last one at the end. Who is in the
-- queue says the configuration.
CREATE TABLE crm.queue (
    inbox text PRIMARY KEY,
    served uuid[] NOT NULL DEFAULT '{}'
);
GRANT SELECT, INSERT, UPDATE ON crm.queue TO crm_daemon;
GRANT SELECT ON crm.queue TO crm_desk;

-- A closed ticket stays closed: what its contact answers opens another one, which names it.
ALTER TABLE crm.ticket ADD COLUMN follows_id uuid REFERENCES crm.ticket;
CREATE INDEX ticket_follows ON crm.ticket (follows_id) WHERE follows_id IS NOT NULL;
CREATE INDEX ticket_record ON crm.ticket (record_id) WHERE record_id IS NOT NULL;

-- When work ended is a fact of its status, whoever changes that, by whichever client.
CREATE FUNCTION crm.ticket_times() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.updated_at := now();
    IF NEW.status = 'solved' THEN
        NEW.solved_at := CASE WHEN OLD.status = 'solved' THEN OLD.solved_at ELSE now() END;
        NEW.closed_at := NULL;
    ELSIF NEW.status = 'closed' THEN
        NEW.solved_at := coalesce(OLD.solved_at, now());
        NEW.closed_at := CASE WHEN OLD.status = 'closed' THEN OLD.closed_at ELSE now() END;
    ELSE
        NEW.solved_at := NULL;
        NEW.closed_at := NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER ticket_times BEFORE UPDATE ON crm.ticket FOR EACH ROW EXECUTE FUNCTION crm.ticket_times();

-- A record that became another one: when. What it became has it as its parent.
ALTER TABLE crm.record ADD COLUMN converted_at timestamptz;

CREATE FUNCTION crm.record_times() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.updated_at := now();
    IF OLD.converted_at IS NOT NULL AND (NEW.state = 'open' OR NEW.converted_at IS DISTINCT FROM OLD.converted_at) THEN
        RAISE EXCEPTION '% became another record and stays as it is', OLD.code
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Work on what it became.';
    END IF;
    NEW.closed_at := CASE WHEN NEW.state = 'open' THEN NULL WHEN OLD.state = 'open' THEN now() ELSE OLD.closed_at END;
    RETURN NEW;
END
$$;
CREATE TRIGGER record_times BEFORE UPDATE ON crm.record FOR EACH ROW EXECUTE FUNCTION crm.record_times();

CREATE INDEX record_parent ON crm.record (parent_id) WHERE parent_id IS NOT NULL;

-- After a lead became a deal its mail stands on both, and stays: what was taken for granted when the deal was made
-- does not go away behind its back. An erasure still can. These ask about cards that the user may not see.
CREATE FUNCTION crm.keep_converted_link() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    other text;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.mail_id, NEW.record_id) IS NOT DISTINCT FROM (OLD.mail_id, OLD.record_id) THEN
        RETURN NEW;
    END IF;
    -- Waits for a conversion that is being made.
    PERFORM FROM crm.record WHERE id = OLD.record_id FOR KEY SHARE;
    SELECT r.code INTO other
    FROM crm.record own
    JOIN crm.record r ON r.parent_id = own.id AND own.converted_at IS NOT NULL
                      OR r.id = own.parent_id AND r.converted_at IS NOT NULL
    JOIN crm.link l ON l.record_id = r.id AND l.mail_id = OLD.mail_id
    WHERE own.id = OLD.record_id
    LIMIT 1;
    IF other IS NOT NULL AND NOT EXISTS (SELECT FROM crm.erasure e
            WHERE e.transaction = pg_current_xact_id() AND e.mail_id = OLD.mail_id) THEN
        RAISE EXCEPTION 'the mail stands on % as well, by a conversion, and stays on both', other
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER keep_converted BEFORE UPDATE OR DELETE ON crm.link
    FOR EACH ROW WHEN (OLD.record_id IS NOT NULL) EXECUTE FUNCTION crm.keep_converted_link();

-- Whoever converts may not see all of the mail, and all of it goes along.
CREATE FUNCTION crm.link_converted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM crm.record WHERE parent_id = NEW.id) THEN
        RAISE EXCEPTION 'nothing was made out of %', NEW.code USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    INSERT INTO crm.link (mail_id, record_id, how, linked_by)
    SELECT l.mail_id, made.id, l.how, l.linked_by
    FROM crm.link l
    JOIN crm.record made ON made.parent_id = NEW.id
    WHERE l.record_id = NEW.id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER link_converted AFTER UPDATE ON crm.record
    FOR EACH ROW WHEN (OLD.converted_at IS NULL AND NEW.converted_at IS NOT NULL) EXECUTE FUNCTION crm.link_converted();

-- Mail that still names the lead stands on the deal, too.
CREATE FUNCTION crm.follow_conversion() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO crm.link (mail_id, record_id, how, linked_by)
    SELECT NEW.mail_id, deal.id, NEW.how, NEW.linked_by
    FROM crm.record lead
    JOIN crm.record deal ON deal.parent_id = lead.id
    WHERE lead.id = NEW.record_id AND lead.converted_at IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER follow_conversion AFTER INSERT ON crm.link
    FOR EACH ROW WHEN (NEW.record_id IS NOT NULL) EXECUTE FUNCTION crm.follow_conversion();

-- Activities say who completed them.
ALTER TABLE crm.activity ADD COLUMN completed_by uuid REFERENCES crm.users;
CREATE INDEX activity_mail ON crm.activity (mail_id) WHERE mail_id IS NOT NULL;
CREATE INDEX activity_open ON crm.activity (due_at, id) WHERE completed_at IS NULL;

-- Waiting mails by what makes them wait.
CREATE INDEX intake_cause ON crm.intake (cause, id) WHERE outcome = 'unresolved' AND resolved_at IS NULL;
-- News that were not seen.
CREATE INDEX notification_new ON crm.notification (user_id, id) WHERE seen_at IS NULL;

REVOKE EXECUTE ON FUNCTION crm.ticket_times(), crm.record_times(), crm.keep_converted_link(), crm.link_converted(),
    crm.follow_conversion()
    FROM PUBLIC;

-- Users' own roles, where there are some, work as the desk does.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'crm_user') THEN
        GRANT UPDATE (completed_by) ON crm.activity TO crm_user;
    END IF;
END
$$;
