-- Purpose: the team of that name, made if it is new.
-- Parameters: $1 id for a new one, $2 name
-- Index: team_name
-- Lock: the row
INSERT INTO crm.team AS t (id, name) VALUES ($1, $2)
ON CONFLICT (lower(name)) DO UPDATE SET name = t.name
RETURNING id
