-- Stored mail that is read again at the desk: what it opens gets an owner as new mail does, and what somebody has taken
-- a mail off it is not put on again.

GRANT INSERT, UPDATE ON crm.queue TO crm_desk;

CREATE INDEX audit_link_removed ON crm.audit ((change ->> 'mail_id')) WHERE entity = 'link' AND action = 'delete';
