-- Purpose: takes members out of a team.
-- Parameters: $1 name of the team, $2 users
-- Index: team_name, team_member_pkey
-- Lock: the rows
DELETE FROM crm.team_member m
USING crm.team t
WHERE m.team_id = t.id AND lower(t.name) = lower($1::text) AND m.user_id = ANY($2::uuid[])
