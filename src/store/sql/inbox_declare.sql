-- Purpose: tells which inboxes there are, and the office of each.
-- Parameters: $1 keys, $2 offices or nulls
-- Index: inbox_pkey
-- Lock: rows that change, in the order of the keys
SELECT crm.declare_inboxes($1, $2)
