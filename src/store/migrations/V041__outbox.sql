-- The outbox at work: claims with a lease by any node, no more to a domain than is wanted, and what the server said.

ALTER TABLE crm.outbox
    -- Since when it is tried: its making, or the last time that somebody put it back.
    ADD COLUMN since timestamptz NOT NULL DEFAULT now(),
    -- The turn that it has been given among those to its domain.
    ADD COLUMN slot_at timestamptz,
    -- The server's last reply; of what was sent it names the queue id there.
    ADD COLUMN reply text;
GRANT UPDATE (since, slot_at, reply) ON crm.outbox TO crm_daemon;
COMMENT ON COLUMN crm.outbox.next_at IS 'When it is looked at next; while it is leased, not before the lease ends.';
COMMENT ON COLUMN crm.outbox.error IS 'Why it was not sent, or not yet.';

-- When the next mail to a domain, by its digest, is due if they are spaced out evenly.
CREATE TABLE crm.outbox_domain (
    domain bytea PRIMARY KEY,
    free_at timestamptz NOT NULL
);
ALTER TABLE crm.outbox_domain ENABLE ROW LEVEL SECURITY;
CREATE POLICY daemon ON crm.outbox_domain TO crm_daemon USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.outbox_domain TO crm_daemon;

-- Leases up to `most` rows that are due to `node`, and gives those that would be too many for their domain a turn of
-- their own later. A turn that was missed by much is given anew, or a node that comes back would send all at once.
-- Half of a minute's number may go at once, so that within no minute more than the number goes.
CREATE FUNCTION crm.claim_outbox(node text, lease interval, most integer, per_minute integer) RETURNS SETOF uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    burst integer := (per_minute + 1) / 2;
    gap interval := make_interval(secs => 60.0 / (per_minute - burst + 1));
    due record;
    slot timestamptz;
BEGIN
    FOR due IN
        SELECT picked.id, picked.slot_at, picked.domain FROM (
            SELECT o.id, o.slot_at, crm.digest(lower(substring(o.rcpt_to FROM '[^@]*$'))) AS domain
            FROM crm.outbox o
            WHERE o.state = 'queued' AND o.channel = 'mail' AND o.next_at <= now()
              AND (o.leased_until IS NULL OR o.leased_until <= now())
            ORDER BY o.next_at LIMIT most FOR UPDATE SKIP LOCKED) picked
        -- Two nodes lock the rows of domains in one order.
        ORDER BY picked.domain, picked.id
    LOOP
        IF due.slot_at IS NULL OR due.slot_at < now() - interval '10 seconds' THEN
            INSERT INTO crm.outbox_domain AS d (domain, free_at) VALUES (due.domain, now() + gap)
            ON CONFLICT (domain) DO UPDATE SET free_at = greatest(d.free_at, now()) + gap
            RETURNING d.free_at - burst * gap INTO slot;
            IF slot > now() THEN
                UPDATE crm.outbox SET next_at = slot, slot_at = slot, leased_by = NULL, leased_until = NULL
                WHERE id = due.id;
                CONTINUE;
            END IF;
        END IF;
        UPDATE crm.outbox
        SET leased_by = node, leased_until = now() + lease, next_at = now() + lease, slot_at = NULL
        WHERE id = due.id;
        RETURN NEXT due.id;
    END LOOP;
END
$$;
COMMENT ON FUNCTION crm.claim_outbox(text, interval, integer, integer) IS
    'Leases rows of the outbox that are due to a node, at most so many, and so many a minute to one domain.';
REVOKE EXECUTE ON FUNCTION crm.claim_outbox(text, interval, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.claim_outbox(text, interval, integer, integer) TO crm_daemon;

-- People put back and cancel; whatever is put back begins anew. What was sent stays sent.
CREATE FUNCTION crm.outbox_changes_state() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.state = 'sent' THEN
        RAISE EXCEPTION 'mail % was sent', OLD.number USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state IN ('sent', 'dead') AND NOT pg_has_role(current_user, 'crm_daemon', 'USAGE') THEN
        RAISE EXCEPTION 'only the daemon says that a mail was sent or cannot be'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state = 'queued' THEN
        NEW.attempts := 0;
        NEW.since := now();
        NEW.error := NULL;
        NEW.reply := NULL;
        NEW.settled_at := NULL;
    ELSIF NEW.settled_at IS NULL THEN
        NEW.settled_at := now();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER changes_state BEFORE UPDATE OF state ON crm.outbox
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION crm.outbox_changes_state();
REVOKE EXECUTE ON FUNCTION crm.outbox_changes_state() FROM PUBLIC;

-- The daemon's login may be another that has its rights.
DROP TRIGGER tell_outbox_changed ON crm.outbox;
CREATE TRIGGER tell_outbox_changed AFTER UPDATE OF state, next_at ON crm.outbox
    FOR EACH STATEMENT
    WHEN (NOT pg_has_role(current_user, 'crm_daemon', 'USAGE') OR pg_has_role(current_user, 'crm_desk', 'USAGE'))
    EXECUTE FUNCTION crm.tell_outbox();
