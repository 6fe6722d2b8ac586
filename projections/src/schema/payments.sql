
-- Settlements, as their streams tell. `state` is the whole of it, as JSON; the other columns are
-- what lists are filtered and sorted by. `since` is when its stage last changed.
CREATE TABLE settlement (
    id BLOB PRIMARY KEY,
    partner BLOB NOT NULL,
    period INTEGER NOT NULL,
    stage INTEGER NOT NULL,
    since INTEGER NOT NULL,
    presumed_from INTEGER NOT NULL,
    remittance BLOB,
    last INTEGER NOT NULL,
    state TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX settlement_stage ON settlement (stage, period, id);
CREATE INDEX settlement_partner ON settlement (partner, period);

-- What each envelope pays of a settlement whose service is certified.
CREATE TABLE settlement_charge (
    envelope BLOB NOT NULL,
    settlement BLOB NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (envelope, settlement)
) WITHOUT ROWID;

-- Titles of partners' fees (titres de recette), by what partners quote when they pay. `paid` is the
-- day of it, NULL before; `kept`, whether the title on paper is kept with its settlement.
CREATE TABLE fee_title (
    reference TEXT PRIMARY KEY,
    settlement BLOB NOT NULL,
    amount INTEGER NOT NULL,
    due INTEGER NOT NULL,
    paid INTEGER,
    kept INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX fee_title_open ON fee_title (due) WHERE paid IS NULL;

-- Captures (refund 0) and refunds (refund 1) of each partner, by their place in the log.
CREATE TABLE partner_line (
    partner BLOB NOT NULL,
    position INTEGER NOT NULL,
    account BLOB NOT NULL,
    purchase BLOB NOT NULL,
    refund INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (partner, position)
) WITHOUT ROWID;

-- Purchases that their buyers contest, or contested. Outcome: NULL while it is open.
CREATE TABLE contest (
    purchase BLOB PRIMARY KEY,
    account BLOB NOT NULL,
    partner BLOB NOT NULL,
    amount INTEGER NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    outcome TEXT,
    finding TEXT
) WITHOUT ROWID;

-- Files of payments, as their streams tell.
CREATE TABLE remittance (
    id BLOB PRIMARY KEY,
    at INTEGER NOT NULL,
    last INTEGER NOT NULL,
    state TEXT NOT NULL
) WITHOUT ROWID;

-- Our accounts at banks; never their numbers.
CREATE TABLE bank_account (
    id BLOB PRIMARY KEY,
    holder TEXT NOT NULL,
    balance INTEGER NOT NULL,
    opened INTEGER NOT NULL
) WITHOUT ROWID;

-- Bank statements taken in, by their place in the log.
CREATE TABLE bank_statement (
    position INTEGER PRIMARY KEY,
    account BLOB NOT NULL,
    reference TEXT NOT NULL,
    first_day INTEGER NOT NULL,
    last_day INTEGER NOT NULL,
    opening INTEGER NOT NULL,
    closing INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    digest TEXT NOT NULL,
    file TEXT NOT NULL
);

-- Their lines. Status: 0 waiting, 1 matched, 2 a charge, 3 parked, 4 identified after it was
-- parked. `matched` says what it is, as JSON.
CREATE TABLE bank_line (
    account BLOB NOT NULL,
    line TEXT NOT NULL,
    statement INTEGER NOT NULL,
    number INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    incoming INTEGER NOT NULL,
    booked INTEGER NOT NULL,
    code TEXT NOT NULL,
    refs TEXT NOT NULL,
    status INTEGER NOT NULL,
    matched TEXT,
    event INTEGER NOT NULL,
    PRIMARY KEY (account, line)
) WITHOUT ROWID;
CREATE INDEX bank_line_status ON bank_line (status, booked);

-- Conventions with collectivités, as their streams tell.
CREATE TABLE convention (
    id BLOB PRIMARY KEY,
    funder TEXT NOT NULL,
    signed INTEGER NOT NULL,
    last INTEGER NOT NULL,
    state TEXT NOT NULL
) WITHOUT ROWID;

-- What collectivités quote when they pay, and what for: a convention's call.
CREATE TABLE funds_call (
    reference TEXT PRIMARY KEY,
    convention BLOB NOT NULL,
    due INTEGER NOT NULL,
    amount INTEGER NOT NULL
) WITHOUT ROWID;

-- Corrections of the books, as their streams tell. Stage: 0 proposed, 1 approved, 2 rejected.
CREATE TABLE correction (
    id BLOB PRIMARY KEY,
    stage INTEGER NOT NULL,
    proposed INTEGER NOT NULL,
    at INTEGER NOT NULL,
    last INTEGER NOT NULL,
    state TEXT NOT NULL
) WITHOUT ROWID;

-- What an envelope's credits came to each day, in Paris: held, paid for on delivery, refunded.
CREATE TABLE envelope_day (
    envelope BLOB NOT NULL,
    day INTEGER NOT NULL,
    authorised INTEGER NOT NULL,
    freed INTEGER NOT NULL,
    captured INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    PRIMARY KEY (envelope, day)
) WITHOUT ROWID;
