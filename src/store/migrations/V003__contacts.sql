-- People and companies outside.

CREATE TABLE crm.origin (
    key text PRIMARY KEY,
    -- Names by language, {"en": "Web form"}.
    names jsonb NOT NULL DEFAULT '{}',
    icon text,
    built_in boolean NOT NULL DEFAULT false
);
INSERT INTO crm.origin (key, names, built_in) VALUES
    ('mail', '{"en": "E-mail", "es": "Correo", "de": "E-Mail", "pl": "E-mail"}', true),
    ('form', '{"en": "Web form", "es": "Formulario web", "de": "Webformular", "pl": "Formularz"}', true),
    ('portal', '{"en": "Portal", "es": "Portal", "de": "Portal", "pl": "Portal"}', true),
    ('desk', '{"en": "By hand", "es": "Manual", "de": "Von Hand", "pl": "Ręcznie"}', true),
    ('import', '{"en": "Import", "es": "Importación", "de": "Import", "pl": "Import"}', true);

CREATE FUNCTION crm.origin_keep_built_in() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the origin % is built in and stays', OLD.key USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER origin_keep_built_in BEFORE DELETE ON crm.origin
    FOR EACH ROW WHEN (OLD.built_in) EXECUTE FUNCTION crm.origin_keep_built_in();

CREATE TABLE crm.contact_type (
    key text PRIMARY KEY,
    names jsonb NOT NULL DEFAULT '{}',
    position smallint NOT NULL DEFAULT 0,
    built_in boolean NOT NULL DEFAULT false
);
INSERT INTO crm.contact_type (key, position, built_in)
    VALUES ('client', 0, true), ('collaborator', 1, true), ('other', 2, true);

-- Funnel stages, freely named, of a type of contact or a kind of record. Won and lost are states.
CREATE TABLE crm.stage (
    id uuid PRIMARY KEY,
    contact_type text REFERENCES crm.contact_type,
    record_kind text,
    name text NOT NULL,
    position smallint NOT NULL DEFAULT 0,
    CHECK (num_nonnulls(contact_type, record_kind) = 1)
);

CREATE TABLE crm.contact (
    id uuid PRIMARY KEY,
    is_company boolean NOT NULL DEFAULT false,
    type text NOT NULL DEFAULT 'client' REFERENCES crm.contact_type,
    name text NOT NULL,
    -- Company's name as text, where the company is no contact of its own.
    company text,
    job_title text,
    language text,
    interests text[] NOT NULL DEFAULT '{}',
    origin text REFERENCES crm.origin,
    owner_id uuid REFERENCES crm.users,
    office_id uuid REFERENCES crm.office,
    stars smallint NOT NULL DEFAULT 0 CHECK (stars BETWEEN 0 AND 3),
    colour text,
    emoji text,
    stage_id uuid REFERENCES crm.stage,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'won', 'lost', 'inactive')),
    -- Set by a merge; the addresses have moved, and whoever holds this id follows it.
    merged_into uuid REFERENCES crm.contact,
    created_by uuid REFERENCES crm.users,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    erased_at timestamptz
);
CREATE INDEX contact_owner ON crm.contact (owner_id);
CREATE INDEX contact_name ON crm.contact (lower(left(name, 200)) text_pattern_ops);

-- One contact per address, unless a second one was allowed: that row is `shared`.
CREATE TABLE crm.contact_address (
    contact_id uuid NOT NULL REFERENCES crm.contact ON DELETE CASCADE,
    -- Canonical form.
    address text NOT NULL,
    -- As shown to people.
    shown text NOT NULL,
    digest bytea NOT NULL GENERATED ALWAYS AS (crm.digest(address)) STORED,
    shared boolean NOT NULL DEFAULT false,
    position smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (contact_id, digest)
);
CREATE UNIQUE INDEX contact_address_key ON crm.contact_address (digest) WHERE NOT shared;
CREATE INDEX contact_address_shared ON crm.contact_address (digest) WHERE shared;

CREATE TABLE crm.contact_phone (
    contact_id uuid NOT NULL REFERENCES crm.contact ON DELETE CASCADE,
    -- E.164, with ";ext=" if there is an extension.
    number text NOT NULL,
    digest bytea NOT NULL GENERATED ALWAYS AS (crm.digest(number)) STORED,
    shared boolean NOT NULL DEFAULT false,
    position smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (contact_id, digest)
);
CREATE UNIQUE INDEX contact_phone_key ON crm.contact_phone (digest) WHERE NOT shared;
CREATE INDEX contact_phone_shared ON crm.contact_phone (digest) WHERE shared;

-- Contact persons under a client company.
CREATE TABLE crm.contact_relation (
    person_id uuid NOT NULL REFERENCES crm.contact ON DELETE CASCADE,
    company_id uuid NOT NULL REFERENCES crm.contact ON DELETE CASCADE,
    job_title text,
    PRIMARY KEY (person_id, company_id),
    CHECK (person_id <> company_id)
);
CREATE INDEX contact_relation_company ON crm.contact_relation (company_id);

-- Merges with what moved, so that they can be undone.
CREATE TABLE crm.contact_merge (
    id uuid PRIMARY KEY,
    contact_id uuid NOT NULL REFERENCES crm.contact,
    into_id uuid NOT NULL REFERENCES crm.contact,
    moved jsonb NOT NULL,
    merged_by uuid REFERENCES crm.users,
    merged_at timestamptz NOT NULL DEFAULT now(),
    undone_at timestamptz
);
