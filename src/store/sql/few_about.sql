-- Purpose: what of tasks, activities or mail out the caller could see, if it is little; otherwise null.
-- Parameters: $1 task, activity or outbox
-- Index: *_owner_id and *_office_id of the cards; task_*, activity_* and outbox_* by card and by maker
-- Lock: none
SELECT crm.few_about($1::text)
