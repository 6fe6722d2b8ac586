
-- Payments that partners ask for. `step` is how far each went before an account held money for it;
-- `account` took it; what became of the money is told by its purchases. `metered`: usage may still
-- be billed.
CREATE TABLE payment (
    id BLOB PRIMARY KEY,
    partner BLOB NOT NULL,
    reference TEXT NOT NULL,
    step INTEGER NOT NULL,
    account BLOB,
    total INTEGER NOT NULL,
    by_use INTEGER NOT NULL,
    metered INTEGER NOT NULL,
    automatic INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    at INTEGER NOT NULL,
    position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX payment_partner ON payment (partner, position);
CREATE INDEX payment_reference ON payment (partner, reference);
CREATE INDEX payment_waiting ON payment (expires) WHERE step = 0;
CREATE INDEX payment_awaiting ON payment (id) WHERE step = 5;
CREATE INDEX payment_metered ON payment (id) WHERE metered;

-- What a partner wants to find its payments by.
CREATE TABLE payment_metadata (
    payment BLOB NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (payment, name)
) WITHOUT ROWID;
CREATE INDEX payment_metadata_value ON payment_metadata (name, value);

-- Which purchase pays which line of which payment.
CREATE TABLE payment_purchase (
    purchase BLOB PRIMARY KEY,
    payment BLOB NOT NULL,
    line INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX payment_purchase_of ON payment_purchase (payment, line);
