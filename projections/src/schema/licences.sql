
-- What the accounts of each school bought: who may use it (0 the teacher, 1 a class, 2 the school)
-- and up to which day; without an end it is null. Whether it was given up stands in `purchase`.
CREATE TABLE licence (
    uai TEXT NOT NULL,
    offer BLOB NOT NULL,
    account BLOB NOT NULL,
    purchase BLOB NOT NULL,
    scope INTEGER NOT NULL,
    until INTEGER,
    PRIMARY KEY (uai, offer, account, purchase)
) WITHOUT ROWID;

-- Resources that holders try for nothing, up to which day.
CREATE TABLE specimen (
    account BLOB NOT NULL,
    offer BLOB NOT NULL,
    title TEXT NOT NULL,
    url TEXT NOT NULL,
    until INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (account, offer)
) WITHOUT ROWID;
