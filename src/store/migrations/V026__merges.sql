-- Merged contacts. A contact that was merged keeps its row and says into which other one; what stood on it
-- has moved, and `contact_merge.moved` holds the rows as they were.

CREATE INDEX contact_merged ON crm.contact (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX contact_merge_of ON crm.contact_merge (contact_id, id);
CREATE INDEX contact_merge_into ON crm.contact_merge (into_id, id);
CREATE INDEX notification_contact ON crm.notification (contact_id) WHERE contact_id IS NOT NULL;

-- Whoever looked a contact up before a merge and writes after it, as a batch of mails may, writes on the
-- target. The row lock makes such a writer wait for a merge that is just being done and see what it did;
-- the daemon has no right to lock contacts, hence the owner's rights, as a foreign key's own check has them.
CREATE FUNCTION crm.follow_merge() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target uuid;
BEGIN
    LOOP
        SELECT merged_into INTO target FROM crm.contact WHERE id = NEW.contact_id FOR KEY SHARE;
        EXIT WHEN target IS NULL;
        NEW.contact_id := target;
    END LOOP;
    RETURN NEW;
END
$$;
REVOKE EXECUTE ON FUNCTION crm.follow_merge() FROM PUBLIC;

DO $$
DECLARE
    follower text;
BEGIN
    FOREACH follower IN ARRAY ARRAY['link', 'record_party', 'ticket', 'note', 'task', 'activity', 'notification',
                                    'consent'] LOOP
        EXECUTE format('CREATE TRIGGER follow_merge BEFORE INSERT ON crm.%I FOR EACH ROW
            WHEN (NEW.contact_id IS NOT NULL) EXECUTE FUNCTION crm.follow_merge()', follower);
    END LOOP;
END
$$;

-- Whom to ask about a contact that one may not see: the login of its owner, and nothing else of it. That
-- there is such a contact, the refusal of the unique key says already.
CREATE FUNCTION crm.holder_owner(address_digest bytea, number_digest bytea) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    RETURN (SELECT coalesce(u.login, '')
            FROM (SELECT contact_id FROM crm.contact_address WHERE digest = address_digest AND NOT shared
                  UNION ALL
                  SELECT contact_id FROM crm.contact_phone WHERE digest = number_digest AND NOT shared) AS held
            JOIN crm.contact c ON c.id = held.contact_id
            LEFT JOIN crm.users u ON u.id = c.owner_id
            LIMIT 1);
COMMENT ON FUNCTION crm.holder_owner(bytea, bytea) IS 'Login of the owner of the contact that has an address or a phone, empty if nobody owns it, NULL if no contact has it.';
REVOKE EXECUTE ON FUNCTION crm.holder_owner(bytea, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.holder_owner(bytea, bytea) TO crm_desk;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'crm_user') THEN
        GRANT EXECUTE ON FUNCTION crm.holder_owner(bytea, bytea) TO crm_user;
        -- A merge moves what stands on the contact, as far as the user sees it.
        GRANT UPDATE (contact_id) ON crm.note, crm.task, crm.activity, crm.notification TO crm_user;
    END IF;
END
$$;
