
-- People who were ever given a role, or signed out everywhere.
CREATE TABLE person (id BLOB PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;

-- Webhook endpoints that are not deleted; `party` as its JSON.
CREATE TABLE webhook (
    id BLOB PRIMARY KEY,
    party TEXT NOT NULL,
    position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX webhook_party ON webhook (party, position);
