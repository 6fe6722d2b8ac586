//! What closing a year records, and whether its books are still those that were closed.

use chrono::NaiveDate;
use ledger_core::calendar::YearClosed;
use ledger_core::digest::Digest;
use ledger_core::meta::Actor;

use super::check::Checks;
use super::trial_balance::{TrialBalance, TrialBalanceOf};
use crate::{ReadError, Reader};

/// What came of looking at a year that is to be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Its books agree with all else: this is what is recorded.
    Sound(YearClosed),
    /// They do not: these rules, and only these, do not hold.
    Unsound(Checks),
}

impl Reader {
    /// Checks the books, every lot of every account included, then draws up what is recorded of
    /// `year` when `by` closes it. Its months are closed, so that it cannot change any more.
    pub fn closing(&self, year: i32, by: Actor) -> Result<Closing, ReadError> {
        let mut checks = self.check()?.0;
        checks.extend(self.check_lots()?.0);
        checks.retain(|it| !it.holds());
        if !checks.is_empty() {
            return Ok(Closing::Unsound(Checks(checks)));
        }
        let balance = self.year_end(year)?;
        let totals = balance.totals();
        Ok(Closing::Sound(YearClosed {
            year,
            accounts: u32::try_from(balance.lines.len()).unwrap_or(u32::MAX),
            debit: totals.debit,
            credit: totals.credit,
            digest: fingerprint(&balance),
            by,
        }))
    }

    /// Whether the trial balance of a year that was closed is still what it was, line by line.
    pub fn is_as_closed(&self, closed: &YearClosed) -> Result<bool, ReadError> {
        Ok(fingerprint(&self.year_end(closed.year)?) == closed.digest)
    }

    /// The trial balance on the last day of `year`, by auxiliary.
    fn year_end(&self, year: i32) -> Result<TrialBalance, ReadError> {
        self.trial_balance(TrialBalanceOf {
            to: NaiveDate::from_ymd_opt(year, 12, 31),
            by_auxiliary: true,
            ..TrialBalanceOf::default()
        })
    }
}

/// The fingerprint of its CSV, as it is downloaded.
fn fingerprint(balance: &TrialBalance) -> Digest {
    let mut csv = Vec::new();
    // Writing to memory does not fail.
    let _ = balance.table().write_csv(&mut csv);
    Digest::of(&csv)
}
