
-- Accounts that teams share: how each is called, who buys with it, and who approves for the head.
CREATE TABLE team (
    account BLOB PRIMARY KEY,
    name TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE team_member (
    account BLOB NOT NULL,
    member BLOB NOT NULL,
    manager INTEGER NOT NULL,
    PRIMARY KEY (account, member)
) WITHOUT ROWID;
CREATE INDEX team_member_of ON team_member (member);
CREATE TABLE approver (
    account BLOB NOT NULL,
    teacher BLOB NOT NULL,
    first_day INTEGER NOT NULL,
    last_day INTEGER NOT NULL,
    PRIMARY KEY (account, teacher)
) WITHOUT ROWID;
CREATE INDEX approver_of ON approver (teacher);
CREATE INDEX account_team ON account (uai) WHERE holder = 1;

-- Which member asked for which purchase.
CREATE TABLE team_purchase (
    account BLOB NOT NULL,
    purchase BLOB NOT NULL,
    member BLOB NOT NULL,
    PRIMARY KEY (account, purchase)
) WITHOUT ROWID;

-- What was asked of heads of school; `decision` is 0 until somebody decides, 1 approved, 2 refused.
-- A purchase that is not held any more waits for nobody: `purchase` says so.
CREATE TABLE approval (
    account BLOB NOT NULL,
    purchase BLOB NOT NULL,
    until INTEGER NOT NULL,
    reminded INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    because TEXT,
    words TEXT,
    delegate BLOB,
    asked INTEGER NOT NULL,
    decided INTEGER,
    PRIMARY KEY (account, purchase)
) WITHOUT ROWID;
CREATE INDEX approval_open ON approval (until) WHERE decision = 0;
