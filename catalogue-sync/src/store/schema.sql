-- What one partner's feeds last told. Role: 0 offers, 1 notices, 2 access. The file may be deleted:
-- the next pass reads whole feeds.

CREATE TABLE progress (
    role INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    body TEXT NOT NULL
);

-- Run: the last one that named it.
CREATE TABLE record (
    role INTEGER NOT NULL,
    reference TEXT NOT NULL,
    run INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (role, reference)
) WITHOUT ROWID;
CREATE INDEX record_run ON record (role, run);

-- What records of several feeds are joined by.
CREATE TABLE identity (
    identifier TEXT NOT NULL,
    role INTEGER NOT NULL,
    reference TEXT NOT NULL,
    PRIMARY KEY (identifier, role, reference)
) WITHOUT ROWID;
CREATE INDEX identity_reference ON identity (role, reference);

-- Offers that were withdrawn by name, until it is done.
CREATE TABLE gone (
    reference TEXT PRIMARY KEY,
    reason TEXT NOT NULL
) WITHOUT ROWID;

-- What was refused (1) or remarked (0), until the record is named again.
CREATE TABLE finding (
    no INTEGER PRIMARY KEY,
    role INTEGER NOT NULL,
    run INTEGER NOT NULL,
    reference TEXT,
    refused INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX finding_reference ON finding (role, reference);
CREATE INDEX finding_run ON finding (role, run);
