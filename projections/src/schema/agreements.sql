
-- Agreements (licences libératoires), one row per offer: the last one that was signed. `terms` is
-- what was signed, as JSON; days that are null have not come.
CREATE TABLE agreement (
    offer BLOB PRIMARY KEY,
    partner BLOB NOT NULL,
    terms TEXT NOT NULL,
    first_day INTEGER NOT NULL,
    last_day INTEGER NOT NULL,
    free_until INTEGER NOT NULL,
    credit_days INTEGER NOT NULL,
    signed INTEGER NOT NULL,
    signed_at INTEGER NOT NULL,
    total INTEGER NOT NULL,
    credited INTEGER NOT NULL,
    reached INTEGER,
    reached_position INTEGER,
    ended INTEGER,
    reason TEXT,
    last INTEGER NOT NULL
) WITHOUT ROWID;

-- What each counts (refund 0) and takes off (refund 1); `counted` is where the agreement took it
-- in, null while that is to be done. `credited` is what its buyer got back, null until then.
CREATE TABLE agreement_line (
    offer BLOB NOT NULL,
    account BLOB NOT NULL,
    purchase BLOB NOT NULL,
    movement BLOB NOT NULL,
    refund INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    day INTEGER NOT NULL,
    position INTEGER NOT NULL,
    counted INTEGER,
    credited INTEGER,
    PRIMARY KEY (offer, account, purchase, movement, refund)
) WITHOUT ROWID;
CREATE INDEX agreement_line_pending ON agreement_line (position) WHERE counted IS NULL;
CREATE INDEX agreement_line_order ON agreement_line (offer, position);

-- Subscriptions that were bought, with the days of their term; `proposed` is where the renewal was
-- proposed, `answered` 1 once it was renewed, 2 once it was declined.
CREATE TABLE term (
    account BLOB NOT NULL,
    purchase BLOB NOT NULL,
    offer BLOB NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    proposed INTEGER,
    answered INTEGER,
    renews BLOB,
    PRIMARY KEY (account, purchase)
) WITHOUT ROWID;
CREATE INDEX term_until ON term (until) WHERE proposed IS NULL;
