-- Purpose: a new key if the newest is old; whether one was made.
-- Parameters: none
-- Index: none: at most 32 rows
-- Lock: an advisory one of its own
SELECT crm.rotate_signing_key()
