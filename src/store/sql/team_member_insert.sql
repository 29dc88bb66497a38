-- Purpose: members of a team.
-- Parameters: $1 name of the team, $2 users
-- Index: team_name, team_member_pkey
-- Lock: key share on team and users
INSERT INTO crm.team_member (team_id, user_id)
SELECT t.id, u FROM crm.team t, unnest($2::uuid[]) AS u WHERE lower(t.name) = lower($1::text)
ON CONFLICT DO NOTHING
