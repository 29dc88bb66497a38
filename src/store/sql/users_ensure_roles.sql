-- Purpose: roles in PostgreSQL for users that lack theirs, as after a restore; returns how many were new.
-- Parameters: none
-- Index: all users are read
-- Lock: rows of users whose role is new
SELECT crm.ensure_user_roles()
