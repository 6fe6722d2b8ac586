
-- Webhook endpoints that are not deleted; `party` as its JSON.
CREATE TABLE webhook (
    id BLOB PRIMARY KEY,
    party TEXT NOT NULL,
    position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX webhook_party ON webhook (party, position);
