-- Who sees and changes which rows, by whichever client.
--
-- Administrators: everything. Coordinators: cards owned by people of their offices and teams, and cards of
-- their offices. Agents: cards that they own. What stands on a card is seen with the card, a mail as V021
-- says. Writing follows the same rules before and after: nobody gives away what they could not take back, and
-- what was not seen cannot be named. The daemon and the desk itself see all, within their grants.
--
-- Policies are by kind of user, so that an administrator's plan has no condition and an agent's one that an
-- index serves; each also asks the table of users, once per statement, as a prepared plan outlives a demotion.
-- What a policy calls stands in a sub-select for that reason: `(SELECT crm.me())` is worked out once.
--
-- Not forced upon the owner: the owner's own functions decide for others, and migrations must see all.

-- What the daemon has no business with.
REVOKE ALL ON crm.note, crm.task, crm.consent, crm.audit, crm.erasure, crm.contact_merge, crm.mail_handling
    FROM crm_daemon;
REVOKE INSERT ON crm.audit FROM crm_desk;
REVOKE ALL ON crm.sighting, crm.lead_count FROM crm_desk;
GRANT SELECT ON crm.inbox, crm.scope, crm.scope_holder, crm.mail_access TO crm_daemon, crm_desk;

GRANT SELECT ON crm.schema_history, crm.users, crm.office, crm.team, crm.team_member, crm.user_address,
    crm.user_sasl_login, crm.user_client_address, crm.user_certificate, crm.origin, crm.contact_type, crm.stage,
    crm.contact, crm.contact_address, crm.contact_phone, crm.contact_relation, crm.contact_merge, crm.series,
    crm.record, crm.record_party, crm.ticket, crm.ticket_comment, crm.mail, crm.mail_raw, crm.party,
    crm.attachment, crm.attachment_content, crm.link, crm.mail_handling, crm.mail_access, crm.inbox, crm.intake,
    crm.notification, crm.activity, crm.task, crm.note, crm.outbox, crm.address_state, crm.consent, crm.block,
    crm.audit TO crm_user;
GRANT INSERT, UPDATE ON crm.users, crm.office, crm.team, crm.origin, crm.contact_type, crm.stage, crm.contact,
    crm.contact_address, crm.contact_phone, crm.contact_relation, crm.contact_merge, crm.record, crm.record_party,
    crm.ticket, crm.address_state, crm.consent, crm.block, crm.mail_handling, crm.user_sasl_login,
    crm.user_client_address, crm.user_certificate, crm.user_address, crm.team_member TO crm_user;
-- What these stand on is settled when they are made.
GRANT INSERT ON crm.ticket_comment, crm.activity, crm.task, crm.note, crm.notification, crm.link, crm.series TO crm_user;
GRANT UPDATE (is_public, text, edited_at, deleted_at) ON crm.ticket_comment TO crm_user;
GRANT UPDATE (kind, title, owner_id, due_at, completed_at) ON crm.activity TO crm_user;
GRANT UPDATE (title, assigned_to, due_at, completed_at) ON crm.task TO crm_user;
GRANT UPDATE (text, pinned, edited_at, deleted_at) ON crm.note TO crm_user;
GRANT UPDATE (seen_at) ON crm.notification TO crm_user;
GRANT UPDATE (last) ON crm.series TO crm_user;
GRANT UPDATE (resolved_at, resolved_by, resolution, owner_id) ON crm.intake TO crm_user;
GRANT UPDATE (state, next_at) ON crm.outbox TO crm_user;
GRANT DELETE ON crm.user_sasl_login, crm.user_client_address, crm.user_certificate, crm.user_address,
    crm.team_member, crm.contact_address, crm.contact_phone, crm.contact_relation, crm.record_party, crm.link,
    crm.origin, crm.contact_type, crm.stage TO crm_user;
GRANT EXECUTE ON FUNCTION crm.digest(text), crm.id_floor(timestamptz), crm.block_key(text) TO crm_user;

-- Row-level security on, and the two policies that all tables have.
DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['users', 'office', 'team', 'team_member', 'user_address', 'user_sasl_login',
        'user_client_address', 'user_certificate', 'origin', 'contact_type', 'stage', 'contact', 'contact_address',
        'contact_phone', 'contact_relation', 'contact_merge', 'record', 'record_party', 'ticket', 'ticket_comment',
        'mail', 'mail_raw', 'party', 'attachment', 'attachment_content', 'link', 'mail_handling', 'mail_access',
        'intake', 'notification', 'activity', 'task', 'note', 'outbox', 'address_state', 'consent', 'block',
        'audit'] LOOP
        EXECUTE format('ALTER TABLE crm.%I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('CREATE POLICY service ON crm.%I TO crm_daemon, crm_desk USING (true)', guarded);
        IF guarded <> 'notification' THEN
            EXECUTE format('CREATE POLICY administrator ON crm.%I TO crm_administrator
                USING ((SELECT crm.sees_all()))', guarded);
        END IF;
    END LOOP;
    -- Names of colleagues and of what cards are sorted by are no secrets within the company.
    FOREACH guarded IN ARRAY ARRAY['users', 'office', 'team', 'team_member', 'user_address', 'origin',
        'contact_type', 'stage'] LOOP
        EXECUTE format('CREATE POLICY everybody ON crm.%I FOR SELECT TO crm_user USING (true)', guarded);
    END LOOP;
    FOREACH guarded IN ARRAY ARRAY['contact', 'record', 'ticket'] LOOP
        EXECUTE format('CREATE POLICY agent ON crm.%I TO crm_agent USING (owner_id = (SELECT crm.me()))', guarded);
        EXECUTE format('CREATE POLICY coordinator ON crm.%I TO crm_coordinator
            USING (owner_id = ANY ((SELECT crm.people_of(crm.me()))::uuid[])
                   OR office_id = ANY ((SELECT crm.offices_of(crm.me()))::uuid[]))', guarded);
    END LOOP;
    -- With the contact.
    FOREACH guarded IN ARRAY ARRAY['contact_address', 'contact_phone', 'consent'] LOOP
        EXECUTE format('CREATE POLICY with_card ON crm.%1$I TO crm_coordinator, crm_agent
            USING (EXISTS (SELECT FROM crm.contact c WHERE c.id = %1$I.contact_id))', guarded);
    END LOOP;
    -- With the mail, and never written by people.
    FOREACH guarded IN ARRAY ARRAY['mail_raw', 'party', 'attachment'] LOOP
        EXECUTE format('CREATE POLICY with_mail ON crm.%1$I FOR SELECT TO crm_coordinator, crm_agent
            USING (EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = %1$I.mail_id))', guarded);
    END LOOP;
END
$$;

CREATE POLICY with_card ON crm.contact_relation TO crm_coordinator, crm_agent
    USING (EXISTS (SELECT FROM crm.contact c WHERE c.id = person_id)
           AND EXISTS (SELECT FROM crm.contact c WHERE c.id = company_id));
CREATE POLICY with_card ON crm.contact_merge TO crm_coordinator, crm_agent
    USING (EXISTS (SELECT FROM crm.contact c WHERE c.id = contact_id)
           AND EXISTS (SELECT FROM crm.contact c WHERE c.id = into_id));
CREATE POLICY with_card ON crm.record_party TO crm_coordinator, crm_agent
    USING (EXISTS (SELECT FROM crm.record r WHERE r.id = record_id))
    WITH CHECK (EXISTS (SELECT FROM crm.record r WHERE r.id = record_id)
                AND EXISTS (SELECT FROM crm.contact c WHERE c.id = contact_id));
CREATE POLICY with_card ON crm.address_state TO crm_coordinator, crm_agent
    USING (EXISTS (SELECT FROM crm.contact_address a WHERE a.digest = address_state.digest));

CREATE POLICY with_scope ON crm.mail_access FOR SELECT TO crm_coordinator, crm_agent
    USING (scope_id = ANY ((SELECT crm.scopes_of(current_user))::bigint[]));
CREATE POLICY with_scope ON crm.mail FOR SELECT TO crm_coordinator, crm_agent
    USING (EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = mail.id));
CREATE POLICY with_attachment ON crm.attachment_content FOR SELECT TO crm_coordinator, crm_agent
    USING (EXISTS (SELECT FROM crm.attachment a WHERE a.sha256 = attachment_content.sha256));
CREATE POLICY with_mail ON crm.mail_handling TO crm_coordinator, crm_agent
    USING (EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = mail_handling.mail_id));
-- An author sees the mail, but not every card that it stands on.
CREATE POLICY with_mail_and_card ON crm.link TO crm_coordinator, crm_agent
    USING (EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = link.mail_id)
           AND (contact_id IS NULL OR EXISTS (SELECT FROM crm.contact c WHERE c.id = contact_id))
           AND (record_id IS NULL OR EXISTS (SELECT FROM crm.record r WHERE r.id = record_id))
           AND (ticket_id IS NULL OR EXISTS (SELECT FROM crm.ticket t WHERE t.id = ticket_id)));

-- The list of received mails: for whom it is open, without what they may not read; and what came on one's own
-- authority.
CREATE POLICY inbox ON crm.intake TO crm_coordinator, crm_agent
    USING (user_id = (SELECT crm.me())
           OR ((SELECT u.inbox_permission FROM crm.users u WHERE u.id = (SELECT crm.me()))
               AND (mail_id IS NULL OR EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = intake.mail_id)))
           OR inbox = ANY ((SELECT ARRAY(SELECT i.key FROM crm.inbox i JOIN crm.office o ON lower(o.name) = lower(i.office)
                                         WHERE o.id = ANY (crm.offices_of(crm.me()))))::text[])
              AND (mail_id IS NULL OR EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = intake.mail_id)));

CREATE POLICY own ON crm.notification TO crm_user USING (user_id = (SELECT crm.me()));
CREATE POLICY for_colleagues ON crm.notification FOR INSERT TO crm_user WITH CHECK ((SELECT crm.me()) IS NOT NULL);

-- Whether all cards and the mail that something stands on are seen. Not a definer's: it asks as the caller.
CREATE FUNCTION crm.sees(contact uuid, record uuid, ticket uuid, mail uuid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT (contact IS NULL OR EXISTS (SELECT FROM crm.contact c WHERE c.id = contact))
           AND (record IS NULL OR EXISTS (SELECT FROM crm.record r WHERE r.id = record))
           AND (ticket IS NULL OR EXISTS (SELECT FROM crm.ticket t WHERE t.id = ticket))
           AND (mail IS NULL OR EXISTS (SELECT FROM crm.mail_access a WHERE a.mail_id = mail));
    END;

CREATE POLICY with_card ON crm.note FOR SELECT TO crm_coordinator, crm_agent
    USING (crm.sees(contact_id, record_id, ticket_id, mail_id));
CREATE POLICY author ON crm.note FOR INSERT TO crm_coordinator, crm_agent
    WITH CHECK (author_id = (SELECT crm.me()) AND crm.sees(contact_id, record_id, ticket_id, mail_id));
CREATE POLICY author_changes ON crm.note FOR UPDATE TO crm_agent USING (author_id = (SELECT crm.me()));
CREATE POLICY coordinator_changes ON crm.note FOR UPDATE TO crm_coordinator
    USING (crm.sees(contact_id, record_id, ticket_id, mail_id));

CREATE POLICY with_card ON crm.ticket_comment FOR SELECT TO crm_coordinator, crm_agent
    USING (EXISTS (SELECT FROM crm.ticket t WHERE t.id = ticket_id));
CREATE POLICY author ON crm.ticket_comment FOR INSERT TO crm_coordinator, crm_agent
    WITH CHECK (author_id = (SELECT crm.me()) AND EXISTS (SELECT FROM crm.ticket t WHERE t.id = ticket_id)
                AND crm.sees(NULL, NULL, NULL, mail_id));
CREATE POLICY author_changes ON crm.ticket_comment FOR UPDATE TO crm_coordinator, crm_agent
    USING (author_id = (SELECT crm.me()));

-- Work is seen by who has it, who gave it, who coordinates these, and by who sees the card that it stands on.
DO $$
DECLARE
    work record;
BEGIN
    FOR work IN SELECT * FROM (VALUES ('task', 'assigned_to', 'NULL::uuid'), ('activity', 'owner_id', 'mail_id'))
            AS w (name, holder, mail) LOOP
        EXECUTE format('CREATE POLICY own ON crm.%1$I FOR SELECT TO crm_coordinator, crm_agent
            USING (%2$I = (SELECT crm.me()) OR created_by = (SELECT crm.me())
                   OR %2$I = ANY ((SELECT crm.people_of(crm.me()))::uuid[])
                   OR (num_nonnulls(contact_id, record_id, ticket_id) > 0
                       AND crm.sees(contact_id, record_id, ticket_id, %3$s)))', work.name, work.holder, work.mail);
        EXECUTE format('CREATE POLICY own_changes ON crm.%1$I FOR UPDATE TO crm_coordinator, crm_agent
            USING (%2$I = (SELECT crm.me()) OR created_by = (SELECT crm.me())
                   OR %2$I = ANY ((SELECT crm.people_of(crm.me()))::uuid[])
                   OR (num_nonnulls(contact_id, record_id, ticket_id) > 0
                       AND crm.sees(contact_id, record_id, ticket_id, %3$s)))', work.name, work.holder, work.mail);
        EXECUTE format('CREATE POLICY own_made ON crm.%1$I FOR INSERT TO crm_coordinator, crm_agent
            WITH CHECK (created_by = (SELECT crm.me()) AND crm.sees(contact_id, record_id, ticket_id, %2$s))',
            work.name, work.mail);
    END LOOP;
END
$$;

CREATE POLICY with_card ON crm.outbox FOR SELECT TO crm_coordinator, crm_agent
    USING (author_id = (SELECT crm.me())
           OR (num_nonnulls(contact_id, record_id, ticket_id) > 0
               AND crm.sees(contact_id, record_id, ticket_id, in_reply_to)));
CREATE POLICY author_changes ON crm.outbox FOR UPDATE TO crm_coordinator, crm_agent
    USING (author_id = (SELECT crm.me()));

-- Blocks hold for the whole company. Whose they are says the login.
CREATE POLICY coordinator ON crm.block FOR SELECT TO crm_coordinator USING ((SELECT crm.me()) IS NOT NULL);
CREATE POLICY coordinator_changes ON crm.block FOR UPDATE TO crm_coordinator USING ((SELECT crm.me()) IS NOT NULL);
CREATE POLICY own ON crm.block FOR SELECT TO crm_agent
    USING (lower(created_by) = (SELECT lower(u.login) FROM crm.users u WHERE u.id = (SELECT crm.me()))
           OR EXISTS (SELECT FROM crm.contact c WHERE c.id = contact_id));
CREATE POLICY own_changes ON crm.block FOR UPDATE TO crm_agent
    USING (lower(created_by) = (SELECT lower(u.login) FROM crm.users u WHERE u.id = (SELECT crm.me())));
CREATE POLICY own_made ON crm.block FOR INSERT TO crm_coordinator, crm_agent
    WITH CHECK (lower(created_by) = (SELECT lower(u.login) FROM crm.users u WHERE u.id = (SELECT crm.me()))
                AND crm.sees(contact_id, NULL, NULL, NULL));

-- A code that was given is not given again.
CREATE FUNCTION crm.series_only_grows() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the numbers of series % only grow', OLD.prefix USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER series_only_grows BEFORE UPDATE ON crm.series
    FOR EACH ROW WHEN (NEW.last < OLD.last) EXECUTE FUNCTION crm.series_only_grows();

REVOKE EXECUTE ON FUNCTION crm.sees(uuid, uuid, uuid, uuid), crm.series_only_grows() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.sees(uuid, uuid, uuid, uuid) TO crm_user, crm_desk;

-- Triggers that tell nodes of changes must see more than who made the change: a contact's block may not be
-- theirs to see, and the milter has to hear of the contact's new address all the same.
DO $$
DECLARE
    trigger_function regprocedure;
BEGIN
    FOR trigger_function IN
        SELECT p.oid::regprocedure FROM pg_catalog.pg_proc p
        WHERE p.pronamespace = 'crm'::regnamespace AND p.prorettype = 'trigger'::regtype AND NOT p.prosecdef
          AND p.proconfig IS NOT NULL
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER', trigger_function);
    END LOOP;
END
$$;
