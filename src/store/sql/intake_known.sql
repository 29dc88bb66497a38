-- Purpose: routes by which mails came, further arrivals left out.
-- Parameters: $1 mails
-- Index: intake_route
-- Lock: none
SELECT mail_id, inbox, detail, user_id, door, queue_id, outcome = 'spam'
FROM crm.intake
WHERE mail_id = ANY($1::uuid[]) AND outcome <> 'duplicate'
