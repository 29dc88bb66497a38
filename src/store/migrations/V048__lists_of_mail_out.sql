-- What waits or failed is little beside what was sent, and so is what came back.
CREATE INDEX outbox_state ON crm.outbox (state, id) WHERE state IN ('queued', 'dead', 'cancelled');
CREATE INDEX outbox_reported ON crm.outbox (reported_at DESC, number DESC) WHERE report IS NOT NULL;
