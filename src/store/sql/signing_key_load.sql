-- Purpose: the keys that addresses are signed with, the newest first.
-- Parameters: none
-- Index: none: at most 32 rows
-- Lock: none
SELECT id, secret FROM crm.signing_key ORDER BY made_at DESC
