//! Accounts that teams share: whose they are, and what waits for a head of school.

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::account::team::RefusedBecause;
use ledger_core::account::{PurchaseStatus, RequestStatus};
use ledger_core::event_log::Position;
use ledger_core::identifiers::Uai;
use ledger_core::ids::{AccountId, OfferId, PartnerId, PurchaseId};
use ledger_core::money::Balance;
use rusqlite::types::Type;
use rusqlite::{Params, Row, params};

use super::{Page, one_more};
use crate::columns;
use crate::fold::purchases::status_code;
use crate::fold::teams::{APPROVED, REFUSED};
use crate::{ReadError, Reader};

/// A team's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamRow {
    /// Which one.
    pub account: AccountId,
    /// How it is called; empty before it was named.
    pub name: String,
    /// Where.
    pub school: Uai,
    /// How many members it has.
    pub members: u32,
}

/// What was asked of a head of school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRow {
    /// Of which team's account.
    pub account: AccountId,
    /// How the team is called.
    pub team: String,
    /// Which purchase.
    pub purchase: PurchaseId,
    /// What is bought.
    pub offer: OfferId,
    /// From whom.
    pub partner: PartnerId,
    /// The title, as sold.
    pub title: String,
    /// Its price, or the ceiling when it is billed by use.
    pub amount: Balance,
    /// Who asked, by their own account.
    pub member: AccountId,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when it waits, or waited.
    pub until: DateTime<Utc>,
    /// Whether whoever may approve was reminded.
    pub reminded: bool,
    /// Where it stands.
    pub status: RequestStatus,
    /// Why it was refused; `None` unless it was.
    pub because: Option<RefusedBecause>,
    /// The same in words; often empty.
    pub words: String,
    /// Who decided for the head; `None` when the head did, or nobody.
    pub delegate: Option<AccountId>,
    /// Where the request stands in the log; they are listed by it.
    pub asked: Position,
}

/// Which requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestsOf {
    /// Those of the teams of a school.
    School(Uai),
    /// Those that a teacher may decide for the head on a day.
    Approver(AccountId, NaiveDate),
    /// Those of one team.
    Team(AccountId),
}

const TEAM: &str = "SELECT a.id, coalesce(t.name, ''), a.uai,
    (SELECT count(*) FROM team_member m WHERE m.account = a.id)
    FROM account a LEFT JOIN team t ON t.account = a.id";

const REQUEST: &str = "SELECT r.account, coalesce(t.name, ''), r.purchase, p.offer, p.partner,
    p.title, p.amount, q.member, p.at, r.until, r.reminded, r.decision, p.status, r.because,
    coalesce(r.words, ''), r.delegate, r.asked
    FROM approval r JOIN purchase p ON p.id = r.purchase AND p.account = r.account
        JOIN team_purchase q ON q.account = r.account AND q.purchase = r.purchase
        LEFT JOIN team t ON t.account = r.account";

/// Whether a request waits: nobody decided, and its money is still held.
const OPEN: &str = "(r.decision = 0 AND p.status = 0)";

impl Reader {
    /// The teams that `teacher` buys with, by name.
    pub fn teams_of(&self, teacher: AccountId) -> Result<Vec<TeamRow>, ReadError> {
        let sql = format!(
            "{TEAM} JOIN team_member m ON m.account = a.id
             WHERE m.member = ?1 ORDER BY 2 COLLATE NOCASE, a.id"
        );
        self.teams(&sql, [teacher.0.as_bytes()])
    }

    /// The teams of a school, by name.
    pub fn teams_at(&self, school: Uai) -> Result<Vec<TeamRow>, ReadError> {
        let sql =
            format!("{TEAM} WHERE a.uai = ?1 AND a.holder = 1 ORDER BY 2 COLLATE NOCASE, a.id");
        self.teams(&sql, [school.as_str()])
    }

    /// The teams for which `teacher` approves on the day `on`, by name.
    pub fn teams_approved_by(
        &self,
        teacher: AccountId,
        on: NaiveDate,
    ) -> Result<Vec<TeamRow>, ReadError> {
        let sql = format!(
            "{TEAM} JOIN approver d ON d.account = a.id
             WHERE d.teacher = ?1 AND d.first_day <= ?2 AND d.last_day >= ?2
             ORDER BY 2 COLLATE NOCASE, a.id"
        );
        self.teams(&sql, params![teacher.0.as_bytes(), columns::day_number(on)])
    }

    fn teams(&self, sql: &str, given: impl Params) -> Result<Vec<TeamRow>, ReadError> {
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map(given, |row| {
            Ok(TeamRow {
                account: AccountId(columns::id(row, 0)?),
                name: row.get(1)?,
                school: columns::text(row, 2)?,
                members: columns::count(row.get(3)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Who asked for `purchase` on the team's `account`; `None` when it is no team's.
    pub fn asked_by(
        &self,
        account: AccountId,
        purchase: PurchaseId,
    ) -> Result<Option<AccountId>, ReadError> {
        let sql = "SELECT member FROM team_purchase WHERE account = ?1 AND purchase = ?2";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let given = params![account.0.as_bytes(), purchase.0.as_bytes()];
        let mut rows = rows.query_map(given, |row| Ok(AccountId(columns::id(row, 0)?)))?;
        Ok(rows.next().transpose()?)
    }

    /// What waits for a decision; the first to end first.
    pub fn open_requests(&self, of: RequestsOf) -> Result<Vec<RequestRow>, ReadError> {
        let (condition, a, b) = narrowed(of);
        let sql = format!("{REQUEST} WHERE {OPEN} AND {condition} ORDER BY r.until, r.asked");
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let rows = rows.query_map(params![a, b], request)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What waits no more, newest first: `limit` of them before `before`.
    pub fn ended_requests(
        &self,
        of: RequestsOf,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Page<RequestRow, Position>, ReadError> {
        let (condition, a, b) = narrowed(of);
        let sql = format!(
            "{REQUEST} WHERE NOT {OPEN} AND {condition} AND r.asked < ?3
             ORDER BY r.asked DESC LIMIT ?4"
        );
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let before = before.map_or(i64::MAX, columns::stored);
        let rows = rows.query_map(params![a, b, before, one_more(limit)], request)?;
        Ok(Page::cut(rows.collect::<Result<_, _>>()?, limit, |it| it.asked))
    }

    /// Requests whose term passed at `at`, and that hold money still; `limit` of them.
    pub fn overdue_requests(
        &self,
        at: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<(AccountId, PurchaseId)>, ReadError> {
        self.requests_before(at, "1", limit)
    }

    /// Requests that end before `at` and of which nobody was reminded; `limit` of them.
    pub fn requests_to_remind(
        &self,
        at: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<(AccountId, PurchaseId)>, ReadError> {
        self.requests_before(at, "r.reminded = 0", limit)
    }

    fn requests_before(
        &self,
        at: DateTime<Utc>,
        condition: &str,
        limit: usize,
    ) -> Result<Vec<(AccountId, PurchaseId)>, ReadError> {
        let sql = format!(
            "SELECT r.account, r.purchase
             FROM approval r JOIN purchase p ON p.id = r.purchase AND p.account = r.account
             WHERE r.decision = 0 AND r.until <= ?1 AND p.status = ?2 AND {condition} LIMIT ?3"
        );
        let mut rows = self.sql()?.prepare_cached(&sql)?;
        let held = status_code(PurchaseStatus::Authorised);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = rows.query_map(params![at.timestamp(), held, limit], |row| {
            Ok((AccountId(columns::id(row, 0)?), PurchaseId(columns::id(row, 1)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// The condition on `r`, and what stands for its `?1` and `?2`.
fn narrowed(of: RequestsOf) -> (&'static str, Vec<u8>, Option<i32>) {
    match of {
        RequestsOf::School(uai) => (
            "r.account IN (SELECT id FROM account WHERE uai = cast(?1 AS TEXT) AND holder = 1)
             AND ?2 IS NULL",
            uai.as_str().as_bytes().to_vec(),
            None,
        ),
        RequestsOf::Approver(teacher, on) => (
            "r.account IN (SELECT account FROM approver
                 WHERE teacher = ?1 AND first_day <= ?2 AND last_day >= ?2)",
            teacher.0.into_bytes().to_vec(),
            Some(columns::day_number(on)),
        ),
        RequestsOf::Team(account) => {
            ("r.account = ?1 AND ?2 IS NULL", account.0.into_bytes().to_vec(), None)
        }
    }
}

fn request(row: &Row<'_>) -> rusqlite::Result<RequestRow> {
    let decision: u8 = row.get(11)?;
    let status = match decision {
        APPROVED => RequestStatus::Approved,
        REFUSED => RequestStatus::Refused,
        _ if row.get::<_, u8>(12)? == status_code(PurchaseStatus::Authorised) => {
            RequestStatus::Open
        }
        _ => RequestStatus::Over,
    };
    let until = DateTime::from_timestamp(row.get(9)?, 0);
    let because: Option<String> = row.get(13)?;
    let delegate: Option<Vec<u8>> = row.get(15)?;
    let delegate = delegate.map(|_| columns::id(row, 15).map(AccountId)).transpose()?;
    Ok(RequestRow {
        account: AccountId(columns::id(row, 0)?),
        team: row.get(1)?,
        purchase: PurchaseId(columns::id(row, 2)?),
        offer: OfferId(columns::id(row, 3)?),
        partner: PartnerId(columns::id(row, 4)?),
        title: row.get(5)?,
        amount: columns::sum(row, 6)?,
        member: AccountId(columns::id(row, 7)?),
        at: columns::instant(row, 8)?,
        until: until.ok_or_else(|| columns::odd(9, Type::Integer, "not an instant".to_owned()))?,
        reminded: row.get(10)?,
        status,
        because: because
            .and_then(|it| RefusedBecause::ALL.into_iter().find(|known| known.name() == it)),
        words: row.get(14)?,
        delegate,
        asked: columns::position(row.get(16)?),
    })
}
