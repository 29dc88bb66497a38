-- Colleagues: who they are, how they prove it, and how they are grouped.

CREATE TABLE crm.office (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    coordinator_id uuid,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX office_name ON crm.office (lower(name));

CREATE TABLE crm.users (
    id uuid PRIMARY KEY,
    login text NOT NULL,
    name text NOT NULL,
    role text NOT NULL DEFAULT 'agent' CHECK (role IN ('administrator', 'coordinator', 'agent')),
    -- Whether the list of received mails is open to this user.
    inbox_permission boolean NOT NULL DEFAULT true,
    office_id uuid REFERENCES crm.office,
    language text,
    -- Role in PostgreSQL under which row-level security knows this user.
    pg_role text UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    deactivated_at timestamptz
);
CREATE UNIQUE INDEX users_login ON crm.users (lower(login));
ALTER TABLE crm.office ADD FOREIGN KEY (coordinator_id) REFERENCES crm.users;

-- What proves a user. Each proof belongs to one user, or it proves nothing.
CREATE TABLE crm.user_sasl_login (
    login text PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES crm.users ON DELETE CASCADE
);
CREATE INDEX user_sasl_login_user ON crm.user_sasl_login (user_id);

CREATE TABLE crm.user_client_address (
    address inet PRIMARY KEY CHECK (NOT address <<= '127.0.0.0/8' AND NOT address <<= '::1/128'),
    user_id uuid NOT NULL REFERENCES crm.users ON DELETE CASCADE
);
CREATE INDEX user_client_address_user ON crm.user_client_address (user_id);

CREATE TABLE crm.user_certificate (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL REFERENCES crm.users ON DELETE CASCADE
);
CREATE UNIQUE INDEX user_certificate_key ON crm.user_certificate (crm.digest(issuer), crm.digest(subject));
CREATE INDEX user_certificate_user ON crm.user_certificate (user_id);

CREATE TABLE crm.user_address (
    address text PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES crm.users ON DELETE CASCADE,
    position smallint NOT NULL DEFAULT 0
);
CREATE INDEX user_address_user ON crm.user_address (user_id);

CREATE TABLE crm.team (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX team_name ON crm.team (lower(name));

CREATE TABLE crm.team_member (
    team_id uuid NOT NULL REFERENCES crm.team ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES crm.users ON DELETE CASCADE,
    PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_member_user ON crm.team_member (user_id);
