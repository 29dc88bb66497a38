-- Purpose: the mails of a ticket by which an answer finds its thread, the oldest first: the first one and the newest thirty.
-- Parameters: $1 ticket
-- Index: link_ticket, mail_pkey
-- Lock: none
SELECT m.id, m.message_id, m.direction
FROM (SELECT l.mail_id FROM ((SELECT mail_id FROM crm.link WHERE ticket_id = $1 AND NOT unverified ORDER BY mail_id LIMIT 1)
                             UNION
                             (SELECT mail_id FROM crm.link WHERE ticket_id = $1 AND NOT unverified ORDER BY mail_id DESC LIMIT 30)) AS l) AS t
JOIN crm.mail m ON m.id = t.mail_id
WHERE m.message_id IS NOT NULL
ORDER BY m.id
