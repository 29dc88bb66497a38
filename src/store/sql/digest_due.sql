-- Purpose: users whose digest of the day is still to be made and has something in it, held until the commit.
-- Parameters: $1 the day, $2 at most so many
-- Index: users are few; notification_for_digest
-- Lock: the users; whom another node holds is left to it
SELECT u.id, u.login, u.name, u.language,
    (SELECT a.address FROM crm.user_address a WHERE a.user_id = u.id ORDER BY a.position, a.address LIMIT 1)
FROM crm.users u
WHERE (u.digest_on IS NULL OR u.digest_on < $1::date)
  AND EXISTS (SELECT FROM crm.notification n WHERE n.user_id = u.id AND n.for_digest)
ORDER BY u.id
LIMIT $2
FOR UPDATE OF u SKIP LOCKED
