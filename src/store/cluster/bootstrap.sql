-- Roles and database of a new private cluster, read by the single-user server: one statement per line.
CREATE ROLE crm_owner LOGIN CREATEROLE;
CREATE ROLE crm_daemon LOGIN;
CREATE ROLE crm_desk LOGIN;
CREATE DATABASE :database OWNER crm_owner;
REVOKE CONNECT, TEMPORARY ON DATABASE :database FROM PUBLIC;
GRANT CONNECT ON DATABASE :database TO crm_daemon, crm_desk;
