-- What the cards of contacts need beyond the first schema: stages that are unique by name and belong to the
-- contact's own type, notes that keep what was edited away, tasks that say who completed them, and the
-- indexes by which lists are filtered and ordered.

-- A built-in type is named in rules; its names may be changed, it stays.
CREATE FUNCTION crm.contact_type_keep_built_in() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the type % is built in and stays', OLD.key USING ERRCODE = 'integrity_constraint_violation';
END
$$;
REVOKE EXECUTE ON FUNCTION crm.contact_type_keep_built_in() FROM PUBLIC;
CREATE TRIGGER contact_type_keep_built_in BEFORE DELETE ON crm.contact_type
    FOR EACH ROW WHEN (OLD.built_in) EXECUTE FUNCTION crm.contact_type_keep_built_in();

CREATE UNIQUE INDEX stage_contact_name ON crm.stage (contact_type, lower(name)) WHERE contact_type IS NOT NULL;
CREATE UNIQUE INDEX stage_record_name ON crm.stage (record_kind, lower(name)) WHERE record_kind IS NOT NULL;
-- A contact stands on a stage of its own type, or on none.
ALTER TABLE crm.stage ADD CONSTRAINT stage_id_type UNIQUE (id, contact_type);
ALTER TABLE crm.contact ADD CONSTRAINT contact_stage_of_type
    FOREIGN KEY (stage_id, type) REFERENCES crm.stage (id, contact_type);

-- Lists of contacts: by what they are filtered, in the order of their ids; by name; by the last change.
CREATE INDEX contact_type_list ON crm.contact (type, id);
CREATE INDEX contact_state_list ON crm.contact (state, id);
CREATE INDEX contact_stage_list ON crm.contact (stage_id, id) WHERE stage_id IS NOT NULL;
CREATE INDEX contact_origin_list ON crm.contact (origin, id);
CREATE INDEX contact_language_list ON crm.contact (language, id);
CREATE INDEX contact_stars_list ON crm.contact (stars, id) WHERE stars > 0;
CREATE INDEX contact_interests ON crm.contact USING gin (interests);
CREATE INDEX contact_name_list ON crm.contact (lower(left(name, 200)), id);
CREATE INDEX contact_updated_list ON crm.contact (updated_at, id);

-- What a note said before it was edited.
CREATE TABLE crm.note_version (
    note_id uuid NOT NULL REFERENCES crm.note ON DELETE CASCADE,
    replaced_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    replaced_by uuid REFERENCES crm.users,
    text text NOT NULL,
    PRIMARY KEY (note_id, replaced_at)
);
GRANT SELECT, INSERT ON crm.note_version TO crm_desk;
ALTER TABLE crm.note_version ENABLE ROW LEVEL SECURITY;
-- Whoever sees the note sees what it said.
CREATE POLICY note_version_of_note ON crm.note_version
    USING (EXISTS (SELECT FROM crm.note n WHERE n.id = note_id));
CREATE INDEX note_ticket ON crm.note (ticket_id, id) WHERE ticket_id IS NOT NULL;

ALTER TABLE crm.task ADD COLUMN completed_by uuid REFERENCES crm.users;
CREATE INDEX task_open ON crm.task (due_at, id) WHERE completed_at IS NULL;
CREATE INDEX task_contact ON crm.task (contact_id, id) WHERE contact_id IS NOT NULL;
CREATE INDEX task_record ON crm.task (record_id, id) WHERE record_id IS NOT NULL;

-- Users' own roles, where there are some, work on cards as the desk does.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'crm_user') THEN
        GRANT SELECT, INSERT ON crm.note_version TO crm_user;
        GRANT UPDATE (completed_by) ON crm.task TO crm_user;
    END IF;
END
$$;
