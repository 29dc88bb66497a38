-- Purpose: digests of all codes of records and tickets.
-- Parameters: none
-- Index: all records and tickets are read, record_code_key, ticket_code_key
-- Lock: none
SELECT crm.digest(code) FROM crm.record
UNION ALL
SELECT crm.digest(code) FROM crm.ticket
