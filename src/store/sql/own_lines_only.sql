-- Purpose: the caller, if of the lines of intake only those of the own mails are seen; otherwise null.
-- Parameters: none
-- Index: users_pkey
-- Lock: none
SELECT crm.own_lines_only()
