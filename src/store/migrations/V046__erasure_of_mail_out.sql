-- What the parts for mail out say of people goes with them: to whom a reply went, and what came back of a letter.
INSERT INTO crm.personal_text VALUES ('intake', 'reply'), ('outbox', 'report_text');

-- Stored mail that is read again is looked up as new mail is.
GRANT SELECT ON crm.erased_address TO crm_desk;
