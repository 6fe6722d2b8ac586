//! What each account has: lot by lot, funder by funder; and what all of them have.

use chrono::NaiveDate;
use ledger_core::account::{Earmark, Holder, School, SchoolLevel};
use ledger_core::event_log::Position;
use ledger_core::identifiers::Funder;
use ledger_core::ids::{AccountId, EnvelopeId, LotId};
use ledger_core::money::Balance;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};

use super::{Page, one_more};
use crate::columns;
use crate::fold::accounts::{ACTIVE, CLOSED, SUSPENDED};
use crate::{ReadError, Reader};

/// An account, without its money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Which one.
    pub id: AccountId,
    /// A teacher or a team.
    pub holder: Holder,
    /// Where.
    pub school: School,
    /// Whether it takes part in anything.
    pub standing: Standing,
    /// Where its opening stands in the log.
    pub opened: Position,
}

/// Whether an account takes part in anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Active,
    /// New purchases are refused, for this reason.
    Suspended(String),
    /// Over for ever.
    Closed,
}

/// What is left of one credit: `granted = available + held + spent + returned`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotBalance {
    /// Which credit.
    pub lot: LotId,
    /// The envelope it came from.
    pub envelope: EnvelopeId,
    /// What the envelope is called; empty when its stream does not say.
    pub title: String,
    /// Whose money.
    pub funder: Funder,
    /// The funder's name; empty when the envelope's stream does not say.
    pub funder_name: String,
    /// What it may buy.
    pub earmark: Earmark,
    /// Whether its envelope pays for nothing new for now.
    pub frozen: bool,
    /// The last day on which it may be spent, in Europe/Paris.
    pub valid_until: NaiveDate,
    /// What may be spent, unless it has expired.
    pub available: Balance,
    /// What is held for purchases.
    pub held: Balance,
    /// What partners were owed, less refunds.
    pub spent: Balance,
    /// What went back to the funder.
    pub returned: Balance,
    /// Where it was granted in the log.
    pub granted_at: Position,
}

impl LotBalance {
    /// What was granted.
    pub fn granted(&self) -> Balance {
        self.available.and(self.held).and(self.spent).and(self.returned)
    }
}

/// What an account has, oldest credit first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountBalance {
    /// Which account.
    pub account: AccountId,
    /// Its credits.
    pub lots: Vec<LotBalance>,
}

impl AccountBalance {
    /// What may be spent on `day`; earmarks and freezes not looked at.
    pub fn available_on(&self, day: NaiveDate) -> Balance {
        self.lots.iter().filter(|it| it.valid_until >= day).map(|it| it.available).sum()
    }

    /// What is held for purchases under way.
    pub fn held(&self) -> Balance {
        self.lots.iter().map(|it| it.held).sum()
    }

    /// What was spent, less refunds.
    pub fn spent(&self) -> Balance {
        self.lots.iter().map(|it| it.spent).sum()
    }
}

/// What has become of all the credits of one envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceTotal {
    /// Which envelope.
    pub envelope: EnvelopeId,
    /// Whose money.
    pub funder: Funder,
    /// What the envelope is called; empty when its stream does not say.
    pub title: String,
    /// The funder's name; empty when the envelope's stream does not say.
    pub funder_name: String,
    /// How many credits.
    pub lots: u32,
    /// What may be spent, expired or not.
    pub available: Balance,
    /// What is held for purchases.
    pub held: Balance,
    /// What partners were owed, less refunds.
    pub spent: Balance,
    /// What went back to the funder.
    pub returned: Balance,
}

impl SourceTotal {
    /// What was granted.
    pub fn granted(&self) -> Balance {
        self.available.and(self.held).and(self.spent).and(self.returned)
    }
}

const ACCOUNT: &str =
    "SELECT id, holder, uai, level, academy, standing, reason, opened FROM account";

impl Reader {
    /// The account; `None` when there is none of that id.
    pub fn account(&self, id: AccountId) -> Result<Option<AccountRow>, ReadError> {
        let sql = format!("{ACCOUNT} WHERE id = ?1");
        let row = self.sql()?.prepare_cached(&sql)?.query_row([id.0.as_bytes()], account);
        Ok(row.optional()?)
    }

    /// Accounts by id, `limit` of them after `after`.
    pub fn accounts(
        &self,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Page<AccountRow, AccountId>, ReadError> {
        let after = after.map(|it| it.0.into_bytes().to_vec()).unwrap_or_default();
        let sql = format!("{ACCOUNT} WHERE id > ?1 ORDER BY id LIMIT ?2");
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map(params![after, one_more(limit)], account)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit, |it| it.id))
    }

    /// How many accounts were ever opened. Takes a few milliseconds when they are a million.
    pub fn account_count(&self) -> Result<u32, ReadError> {
        let sql = "SELECT count(*) FROM account";
        let count = self.sql()?.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(columns::count(count))
    }

    /// What an account has; no lot when it has none, or does not exist.
    pub fn balance(&self, account: AccountId) -> Result<AccountBalance, ReadError> {
        let mut rows = self.sql()?.prepare_cached(
            "SELECT lot.lot, source.envelope, coalesce(envelope.title, ''), source.funder,
                 coalesce(envelope.funder_name, ''), coalesce(envelope.earmark, '{}'),
                 envelope.frozen IS NOT NULL, lot.valid_until, lot.available, lot.held, lot.spent,
                 lot.returned, lot.position
             FROM lot JOIN source ON source.no = lot.source
             LEFT JOIN envelope ON envelope.id = source.envelope
             WHERE lot.account = ?1 ORDER BY lot.position, lot.lot",
        )?;
        let lots = rows.query_map([account.0.as_bytes()], |row| {
            Ok(LotBalance {
                lot: LotId(columns::id(row, 0)?),
                envelope: EnvelopeId(columns::id(row, 1)?),
                title: row.get(2)?,
                funder: columns::text(row, 3)?,
                funder_name: row.get(4)?,
                earmark: columns::json(row, 5)?,
                frozen: row.get(6)?,
                valid_until: columns::day(row, 7)?,
                available: columns::sum(row, 8)?,
                held: columns::sum(row, 9)?,
                spent: columns::sum(row, 10)?,
                returned: columns::sum(row, 11)?,
                granted_at: columns::position(row.get(12)?),
            })
        })?;
        Ok(AccountBalance { account, lots: lots.collect::<Result<_, _>>()? })
    }

    /// What has become of the credits of each envelope, by first appearance.
    pub fn source_totals(&self) -> Result<Vec<SourceTotal>, ReadError> {
        let mut rows = self.sql()?.prepare_cached(
            "SELECT source.envelope, source.funder, coalesce(envelope.title, ''),
                 coalesce(envelope.funder_name, ''), source.lots, source.available, source.held,
                 source.spent, source.returned
             FROM source LEFT JOIN envelope ON envelope.id = source.envelope
             ORDER BY source.no",
        )?;
        let rows = rows.query_map([], |row| {
            Ok(SourceTotal {
                envelope: EnvelopeId(columns::id(row, 0)?),
                funder: columns::text(row, 1)?,
                title: row.get(2)?,
                funder_name: row.get(3)?,
                lots: columns::count(row.get(4)?),
                available: columns::sum(row, 5)?,
                held: columns::sum(row, 6)?,
                spent: columns::sum(row, 7)?,
                returned: columns::sum(row, 8)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What has become of the credits of one envelope; zero everywhere before it credits anyone.
    pub fn source_total(&self, envelope: EnvelopeId) -> Result<Option<SourceTotal>, ReadError> {
        Ok(self.source_totals()?.into_iter().find(|it| it.envelope == envelope))
    }
}

fn account(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    let odd = |index, what: &str| columns::odd(index, Type::Integer, what.to_owned());
    let holder = match row.get::<_, u8>(1)? {
        0 => Holder::Teacher,
        1 => Holder::Team,
        _ => return Err(odd(1, "not a holder")),
    };
    let level = match row.get::<_, u8>(3)? {
        0 => SchoolLevel::Primary,
        1 => SchoolLevel::LowerSecondary,
        2 => SchoolLevel::UpperSecondary,
        _ => return Err(odd(3, "not a school level")),
    };
    let standing = match row.get::<_, u8>(5)? {
        ACTIVE => Standing::Active,
        SUSPENDED => Standing::Suspended(row.get::<_, Option<String>>(6)?.unwrap_or_default()),
        CLOSED => Standing::Closed,
        _ => return Err(odd(5, "not a standing")),
    };
    Ok(AccountRow {
        id: AccountId(columns::id(row, 0)?),
        holder,
        school: School { uai: columns::text(row, 2)?, level, academy: row.get(4)? },
        standing,
        opened: columns::position(row.get(7)?),
    })
}
