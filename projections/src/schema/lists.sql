
-- Lists of offers that holders keep; deleted ones are gone. `school` and `link`: who else reads it.
CREATE TABLE list (
    id BLOB PRIMARY KEY,
    owner BLOB NOT NULL,
    name TEXT NOT NULL,
    favourites INTEGER NOT NULL,
    school TEXT,
    link BLOB,
    created INTEGER NOT NULL,
    at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX list_owner ON list (owner);
CREATE INDEX list_school ON list (school) WHERE school IS NOT NULL;
CREATE INDEX list_link ON list (link) WHERE link IS NOT NULL;

-- What is on them; `position` is where each offer was first put there.
CREATE TABLE list_offer (
    list BLOB NOT NULL,
    offer BLOB NOT NULL,
    note TEXT NOT NULL,
    quantity INTEGER,
    position INTEGER NOT NULL,
    PRIMARY KEY (list, offer)
) WITHOUT ROWID;
