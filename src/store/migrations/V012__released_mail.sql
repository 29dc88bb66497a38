-- Mail that was taken for spam and is released by hand gets a second line of intake: the first stays as what was
-- decided then, resolved by whoever released it. So a route may stand twice: as spam, and as what came of it.

DROP INDEX crm.intake_route;
CREATE UNIQUE INDEX intake_route ON crm.intake
    (mail_id, inbox, (coalesce(detail, '')), (coalesce(user_id, '00000000-0000-0000-0000-000000000000')),
     (outcome = 'spam'))
    WHERE mail_id IS NOT NULL AND outcome <> 'duplicate';
