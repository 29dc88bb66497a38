-- What comes back of the mail that went out, and the addresses that it switches off.

ALTER TABLE crm.intake DROP CONSTRAINT intake_outcome_check;
ALTER TABLE crm.intake ADD CONSTRAINT intake_outcome_check CHECK (outcome IN ('recorded', 'duplicate', 'internal',
    'spam', 'automatic', 'bounce', 'unsubscribe', 'blocked', 'unresolved', 'failed', 'erased'));
COMMENT ON COLUMN crm.crm_intakes.outcome IS
    'recorded, duplicate, internal, spam, automatic, bounce, unsubscribe, blocked, unresolved, failed or erased.';

ALTER TABLE crm.outbox
    -- The gravest that came back to an address signed for this row: it counts once.
    ADD COLUMN report text CHECK (report IN ('delayed', 'refused', 'full', 'bounce', 'unsubscribe', 'complaint')),
    ADD COLUMN reported_at timestamptz,
    -- In words, for people.
    ADD COLUMN report_text text,
    -- The message that said so.
    ADD COLUMN report_mail_id uuid,
    -- When somebody was told of a report that came without our signature: it proves nothing, and is told once.
    ADD COLUMN hearsay_at timestamptz;
GRANT UPDATE (report, reported_at, report_text, report_mail_id, hearsay_at) ON crm.outbox TO crm_daemon;

ALTER TABLE crm.address_state
    -- Full mailboxes before this count no more: the person has written since.
    ADD COLUMN soft_reset_at timestamptz,
    -- In words, for people.
    ADD COLUMN note text;
CREATE INDEX address_state_off ON crm.address_state (off_at) WHERE off_at IS NOT NULL;
CREATE INDEX audit_address ON crm.audit ((coalesce(key ->> 'address', change ->> 'address')), id)
    WHERE entity = 'address_state';
CREATE INDEX consent_address ON crm.consent (crm.digest(address)) WHERE address IS NOT NULL;
GRANT UPDATE (soft_reset_at, note) ON crm.address_state TO crm_daemon;
COMMENT ON COLUMN crm.address_state.soft_failures IS 'Mails of the last 14 days that found the mailbox full, when the last one did.';

-- People switch off and on; when an address was switched on, and by whom, is not theirs to write.
REVOKE INSERT, UPDATE ON crm.address_state FROM crm_user, crm_desk;
GRANT INSERT (digest, address, off_at, reason, off_by, note, mail_id),
    UPDATE (off_at, reason, off_by, note, mail_id) ON crm.address_state TO crm_user, crm_desk;

-- The user on whose behalf the session runs: within a function of the owner `crm.me()` would ask for the owner.
CREATE FUNCTION crm.switch_on() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.reactivated_at > now() - interval '30 days' THEN
        RAISE EXCEPTION 'the address was switched on at %, and can be again from %', OLD.reactivated_at,
            OLD.reactivated_at + interval '30 days' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF NOT EXISTS (SELECT FROM crm.consent c
                   WHERE crm.digest(c.address) = OLD.digest AND c.withdrawn_at IS NULL AND c.recorded_at >= OLD.off_at) THEN
        RAISE EXCEPTION 'no consent is recorded since the address was switched off'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    NEW.reactivated_at := now();
    NEW.reactivated_by := crm.user_of(crm.caller());
    NEW.soft_failures := 0;
    NEW.soft_reset_at := now();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION crm.switch_on() IS 'An address is switched on once in 30 days, and with a consent recorded since it was switched off.';
REVOKE EXECUTE ON FUNCTION crm.switch_on() FROM PUBLIC;
CREATE TRIGGER switch_on BEFORE UPDATE ON crm.address_state
    FOR EACH ROW WHEN (OLD.off_at IS NOT NULL AND NEW.off_at IS NULL) EXECUTE FUNCTION crm.switch_on();
