-- Purpose: teams for people, by name.
-- Parameters: none
-- Index: all teams are read
-- Lock: none
SELECT t.id, t.name,
    ARRAY(SELECT u.login FROM crm.team_member m JOIN crm.users u ON u.id = m.user_id
          WHERE m.team_id = t.id ORDER BY lower(u.login))
FROM crm.team t
ORDER BY lower(t.name)
