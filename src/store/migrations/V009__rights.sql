-- Who may do what. The daemon inserts and reads; what it may update stands column by column; it deletes
-- nothing but old sightings. The desk works on cards and never on mails. Neither may define anything.

-- A function is PUBLIC's by default; here each is given to whom it is for. Triggers need no grant.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA crm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.digest(text), crm.id_floor(timestamptz) TO crm_daemon, crm_desk;
GRANT EXECUTE ON FUNCTION crm.ensure_partitions() TO crm_daemon;

GRANT SELECT ON ALL TABLES IN SCHEMA crm TO crm_daemon, crm_desk;

GRANT INSERT ON crm.mail, crm.mail_raw, crm.party, crm.attachment, crm.attachment_content, crm.mail_key,
    crm.message_id_key, crm.link, crm.intake, crm.sighting, crm.notification, crm.activity, crm.contact,
    crm.contact_address, crm.contact_phone, crm.origin, crm.record, crm.record_party, crm.ticket,
    crm.ticket_comment, crm.series, crm.outbox, crm.address_state, crm.audit TO crm_daemon;
GRANT UPDATE (mail_id, received_at) ON crm.mail_key TO crm_daemon;
GRANT UPDATE (last) ON crm.series TO crm_daemon;
GRANT INSERT, UPDATE ON crm.lead_count TO crm_daemon;
GRANT UPDATE (status, updated_at, solved_at, closed_at) ON crm.ticket TO crm_daemon;
GRANT UPDATE (state, attempts, next_at, leased_by, leased_until, error, settled_at) ON crm.outbox TO crm_daemon;
GRANT UPDATE (soft_failures, off_at, reason, mail_id) ON crm.address_state TO crm_daemon;
GRANT DELETE ON crm.sighting TO crm_daemon;

GRANT INSERT, UPDATE ON crm.users, crm.office, crm.team, crm.origin, crm.contact_type, crm.stage, crm.contact,
    crm.contact_address, crm.contact_phone, crm.contact_relation, crm.contact_merge, crm.record,
    crm.record_party, crm.ticket, crm.ticket_comment, crm.series, crm.activity, crm.task, crm.note,
    crm.notification, crm.consent, crm.address_state, crm.block, crm.mail_handling, crm.user_sasl_login,
    crm.user_client_address, crm.user_certificate, crm.user_address, crm.team_member TO crm_desk;
GRANT INSERT ON crm.link, crm.audit, crm.outbox TO crm_desk;
GRANT UPDATE (resolved_at, resolved_by, resolution, owner_id) ON crm.intake TO crm_desk;
GRANT UPDATE (state, next_at) ON crm.outbox TO crm_desk;
GRANT DELETE ON crm.user_sasl_login, crm.user_client_address, crm.user_certificate, crm.user_address,
    crm.team_member, crm.contact_address, crm.contact_phone, crm.contact_relation, crm.record_party, crm.link,
    crm.origin, crm.contact_type, crm.stage TO crm_desk;
