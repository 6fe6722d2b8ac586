
-- Where partners' offers are pulled from. Role: 0 offers, 1 notices, 2 access.
CREATE TABLE partner_feed (
    partner BLOB NOT NULL,
    role INTEGER NOT NULL,
    format TEXT NOT NULL,
    url TEXT NOT NULL,
    hosts TEXT NOT NULL,
    PRIMARY KEY (partner, role)
) WITHOUT ROWID;

-- What became of feeds, by its place in the log. Kind: 1 read, 2 failed, 3 held, 4 let through.
-- `body` is the event, as JSON.
CREATE TABLE feed_run (
    position INTEGER PRIMARY KEY,
    partner BLOB NOT NULL,
    format TEXT NOT NULL,
    kind INTEGER NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX feed_run_partner ON feed_run (partner, position);
