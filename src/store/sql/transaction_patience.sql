-- Purpose: lets the statements of this transaction take their time: an erasure reads whole tables.
-- Parameters: $1 milliseconds as text
-- Index: none
-- Lock: none
SELECT set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $1, true)
