-- What the parts for mail out say of people goes with them: to whom a reply went, and what came back of a letter.
INSERT INTO crm.personal_text VALUES ('intake', 'reply'), ('outbox', 'report_text');

-- A notice may carry a mail's text, and what it tells of is the person's where the news is.
UPDATE crm.personal_row
SET condition = condition || ' OR notification_id IN (SELECT n.id FROM crm.notification n WHERE n.contact_id = ANY ($1)
    OR n.record_id = ANY ($3) OR n.ticket_id = ANY ($4) OR n.mail_id = ANY ($5))'
WHERE table_name = 'outbox';

-- Users put off their own mail; "never" and "always" are no times that one can count to.
ALTER TABLE crm.outbox ADD CONSTRAINT outbox_next_at_check CHECK (isfinite(next_at));

-- News go out by mail in the company's name. A user's are one short line that says whose they are.
CREATE FUNCTION crm.guard_news() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who uuid := crm.user_of(crm.caller());
BEGIN
    IF who IS NULL THEN
        RETURN NEW;
    END IF;
    NEW.text := left(regexp_replace(NEW.text, '[[:cntrl:]]+', ' ', 'g'), 500);
    IF NEW.user_id <> who THEN
        NEW.text := (SELECT u.login FROM crm.users u WHERE u.id = who) || ': ' || NEW.text;
    END IF;
    NEW.created_at := now();
    NEW.told_at := NULL;
    NEW.for_digest := false;
    RETURN NEW;
END
$$;
CREATE TRIGGER guard_news BEFORE INSERT ON crm.notification
    FOR EACH ROW WHEN (current_user <> 'crm_daemon') EXECUTE FUNCTION crm.guard_news();
REVOKE EXECUTE ON FUNCTION crm.guard_news() FROM PUBLIC;

-- Stored mail that is read again is looked up as new mail is.
GRANT SELECT ON crm.erased_address TO crm_desk;
