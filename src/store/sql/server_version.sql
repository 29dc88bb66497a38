-- Purpose: major and minor version of the server, as a number: 150018.
-- Parameters: none
-- Index: none
-- Lock: none
SELECT current_setting('server_version_num')::integer
