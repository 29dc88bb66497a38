-- Purpose: what came in, of a batch. A route that is there already is an error: another transaction was first.
-- Parameters: $1 ids, $2 mails, $3 spool ids, $4 inboxes, $5 details, $6 users, $7 outcomes, $8 reasons, $9 causes, $10 candidates, $11 assignments, $12 owners, $13 queue ids, $14 doors, $15 received, $16 envelope senders, $17 subjects, $18 what came of the automatic replies
-- Index: intake_pkey, intake_route
-- Lock: none
INSERT INTO crm.intake (id, mail_id, spool_id, inbox, detail, user_id, outcome, reason, cause, candidates,
    assignment, owner_id, queue_id, door, received_at, mail_from, subject, reply)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::text[],
    $8::text[], $9::text[], $10::jsonb[], $11::text[], $12::uuid[], $13::text[], $14::text[],
    $15::timestamptz[], $16::text[], $17::text[], $18::text[])
