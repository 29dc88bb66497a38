-- Purpose: a secret of the installation.
-- Parameters: $1 name
-- Index: secret_pkey
-- Lock: none
SELECT value FROM crm.secret WHERE name = $1
