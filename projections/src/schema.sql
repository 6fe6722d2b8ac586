-- The read models. Nothing here is true: it is what the log says, arranged for reading.
-- Sums are in cents, days are numbered from the year 1, instants are milliseconds since 1970.

-- How far the log was read, and which event stood there.
CREATE TABLE checkpoint (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL,
    event BLOB NOT NULL
);

-- Has one row while the file is written without waiting for the disk: the machine's start.
CREATE TABLE unsynced (boot TEXT NOT NULL);

-- Funders' envelopes, as their streams tell.
CREATE TABLE envelope (
    id BLOB PRIMARY KEY,
    funder TEXT NOT NULL,
    funder_name TEXT NOT NULL,
    title TEXT NOT NULL,
    legal_reference TEXT NOT NULL,
    budget INTEGER NOT NULL,
    ratio INTEGER NOT NULL,
    called INTEGER NOT NULL,
    received INTEGER NOT NULL,
    -- Of what was received, what no bank statement shows.
    by_hand INTEGER NOT NULL DEFAULT 0,
    allocated INTEGER NOT NULL,
    returned INTEGER NOT NULL,
    frozen TEXT,
    frozen_on INTEGER,
    closed INTEGER NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_until INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    recipients TEXT NOT NULL,
    earmark TEXT NOT NULL,
    opened INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    last INTEGER NOT NULL
) WITHOUT ROWID;

-- Top-up files, as their streams tell; their lines stay in the log.
CREATE TABLE batch (
    id BLOB PRIMARY KEY,
    envelope BLOB NOT NULL,
    reference TEXT NOT NULL,
    status INTEGER NOT NULL,
    rule TEXT,
    reason TEXT,
    chunks INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    chunks_credited INTEGER NOT NULL,
    credited INTEGER NOT NULL,
    amount_credited INTEGER NOT NULL,
    opened INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    last INTEGER NOT NULL
) WITHOUT ROWID;

-- Where the chunks of each file stand in the log; `credited` is 0 until a chunk is credited.
CREATE TABLE batch_chunk (
    batch BLOB NOT NULL,
    number INTEGER NOT NULL,
    first_line INTEGER NOT NULL,
    added INTEGER NOT NULL,
    credited INTEGER NOT NULL,
    PRIMARY KEY (batch, number)
) WITHOUT ROWID;

-- Partners; never their bank details.
CREATE TABLE partner (
    id BLOB PRIMARY KEY,
    siret TEXT NOT NULL,
    name TEXT NOT NULL,
    agreement TEXT NOT NULL,
    suspended TEXT,
    registered INTEGER NOT NULL,
    last INTEGER NOT NULL
) WITHOUT ROWID;

-- API clients; never their secrets.
CREATE TABLE client (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    party TEXT NOT NULL,
    scopes TEXT NOT NULL,
    secrets INTEGER NOT NULL,
    revoked TEXT,
    registered INTEGER NOT NULL,
    last INTEGER NOT NULL
) WITHOUT ROWID;

-- Holders' accounts. Standing: 0 active, 1 suspended, 2 closed.
CREATE TABLE account (
    id BLOB PRIMARY KEY,
    holder INTEGER NOT NULL,
    uai TEXT NOT NULL,
    level INTEGER NOT NULL,
    academy INTEGER NOT NULL,
    standing INTEGER NOT NULL,
    reason TEXT,
    opened INTEGER NOT NULL
) WITHOUT ROWID;

-- Where credits come from, by first appearance, and what has become of them in all.
CREATE TABLE source (
    no INTEGER PRIMARY KEY,
    envelope BLOB NOT NULL,
    funder TEXT NOT NULL,
    lots INTEGER NOT NULL,
    available INTEGER NOT NULL,
    held INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    returned INTEGER NOT NULL,
    first_expiry INTEGER NOT NULL
);

-- Each credit of each account. What was granted is the sum of the four.
CREATE TABLE lot (
    account BLOB NOT NULL,
    lot BLOB NOT NULL,
    source INTEGER NOT NULL,
    valid_until INTEGER NOT NULL,
    position INTEGER NOT NULL,
    available INTEGER NOT NULL,
    held INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    returned INTEGER NOT NULL,
    PRIMARY KEY (account, lot)
) WITHOUT ROWID;

-- Purchases. Their ids begin with the time, so that the table grows at its end.
CREATE TABLE purchase (
    id BLOB NOT NULL,
    account BLOB NOT NULL,
    offer BLOB NOT NULL,
    partner BLOB NOT NULL,
    title TEXT NOT NULL,
    kind INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    held INTEGER NOT NULL,
    captured INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    status INTEGER NOT NULL,
    hold_until INTEGER NOT NULL,
    at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (id, account)
) WITHOUT ROWID;

-- Purchases for which money is still held, for whoever frees it when the term has passed.
CREATE TABLE open_hold (
    purchase BLOB NOT NULL,
    account BLOB NOT NULL,
    hold_until INTEGER NOT NULL,
    PRIMARY KEY (purchase, account)
) WITHOUT ROWID;

-- Money set aside for one account that was neither credited nor released yet.
CREATE TABLE pending_allocation (
    lot BLOB PRIMARY KEY,
    allocation BLOB NOT NULL,
    envelope BLOB NOT NULL,
    account BLOB NOT NULL,
    amount INTEGER NOT NULL,
    position INTEGER NOT NULL
) WITHOUT ROWID;

-- What came back to each envelope that it has not noted yet.
CREATE TABLE pending_return (
    envelope BLOB PRIMARY KEY,
    noted INTEGER NOT NULL,
    last INTEGER NOT NULL,
    expired INTEGER NOT NULL,
    refunded INTEGER NOT NULL
) WITHOUT ROWID;

-- General accounts and their auxiliaries, by first appearance.
CREATE TABLE ledger_account (
    no INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    auxiliary TEXT NOT NULL
);

-- Lines of the general ledger: those of one account and one accounting day among 1,024 positions of
-- the log, that became known `lag` days after it (nearly always 0).
-- `lines` holds for each one its place in the chunk and side, its posting's index, and its amount.
-- The chunk comes first in the key, so that the table grows at its end.
CREATE TABLE posting_chunk (
    chunk INTEGER NOT NULL,
    account INTEGER NOT NULL,
    day INTEGER NOT NULL,
    lag INTEGER NOT NULL,
    debit INTEGER NOT NULL,
    credit INTEGER NOT NULL,
    lines BLOB NOT NULL,
    PRIMARY KEY (chunk, account, day, lag)
) WITHOUT ROWID;

-- Totals of each accounting day, by journal.
CREATE TABLE day_total (
    day INTEGER NOT NULL,
    account INTEGER NOT NULL,
    journal INTEGER NOT NULL,
    debit INTEGER NOT NULL,
    credit INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    PRIMARY KEY (day, account, journal)
) WITHOUT ROWID;

-- The same of each month, numbered from January of the year 0.
CREATE TABLE month_total (
    month INTEGER NOT NULL,
    account INTEGER NOT NULL,
    debit INTEGER NOT NULL,
    credit INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    PRIMARY KEY (month, account)
) WITHOUT ROWID;

-- The same of each day, all auxiliaries of a general account together.
CREATE TABLE general_total (
    number INTEGER NOT NULL,
    day INTEGER NOT NULL,
    debit INTEGER NOT NULL,
    credit INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    PRIMARY KEY (number, day)
) WITHOUT ROWID;

-- Which part of these totals became known on another day than the one it is posted on: with it,
-- they can be told as they were known on any day.
CREATE TABLE late_total (
    known INTEGER NOT NULL,
    day INTEGER NOT NULL,
    account INTEGER NOT NULL,
    debit INTEGER NOT NULL,
    credit INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    PRIMARY KEY (known, day, account)
) WITHOUT ROWID;

-- In which chunks of the log the entries of a day and journal stand. A day that got entries long
-- after has a few chunks far away, and nothing between them.
CREATE TABLE day_chunk (
    day INTEGER NOT NULL,
    journal INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    PRIMARY KEY (day, journal, chunk)
) WITHOUT ROWID;

-- Which positions of a chunk are entries of a journal and accounting year: two bytes for the place
-- of each, and how many stand before the chunk. The number of an entry follows.
CREATE TABLE entry_chunk (
    chunk INTEGER NOT NULL,
    journal INTEGER NOT NULL,
    year INTEGER NOT NULL,
    before INTEGER NOT NULL,
    places BLOB NOT NULL,
    PRIMARY KEY (chunk, journal, year)
) WITHOUT ROWID;

-- Closed months: after which position of the log nothing is posted any more up to which day.
CREATE TABLE closing (
    position INTEGER PRIMARY KEY,
    through INTEGER NOT NULL
);

-- Offers ever published: what they are searched and sorted by.
CREATE TABLE offer (
    no INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    partner BLOB NOT NULL,
    reference TEXT NOT NULL,
    kind INTEGER NOT NULL,
    price INTEGER NOT NULL,
    specimen INTEGER NOT NULL,
    on_sale INTEGER NOT NULL,
    digest BLOB NOT NULL,
    published INTEGER NOT NULL,
    last INTEGER NOT NULL
);
CREATE INDEX offer_partner ON offer (partner, on_sale);

-- What the partner says of each, as JSON; apart, so that a search reads little.
CREATE TABLE offer_listing (
    offer INTEGER PRIMARY KEY,
    listing TEXT NOT NULL
);
