//! The table `closing`, and on which days an event is posted and became known.

use chrono::NaiveDate;
use ledger_core::calendar::{Dated, Periods};
use ledger_core::event::Event;
use ledger_core::event_log::Recorded;
use ledger_core::journal::own_date;
use ledger_core::meta::accounting_day;
use rusqlite::{Connection, OptionalExtension};

use crate::columns;

/// The months closed so far in the log.
#[derive(Debug, Default)]
pub(super) struct Days {
    periods: Periods,
    /// The day of the hour looked up last: thousands of events follow each other within it.
    hour: Option<(i64, NaiveDate)>,
}

impl Days {
    /// As the table tells.
    pub(super) fn read(from: &Connection) -> rusqlite::Result<Self> {
        let last = "SELECT through FROM closing ORDER BY position DESC LIMIT 1";
        let closed = from.query_row(last, [], |row| columns::day(row, 0)).optional()?;
        Ok(Self { periods: Periods::closed(closed), hour: None })
    }

    /// The days of `event`, as [`Periods::dated`] gives them.
    pub(super) fn dated(&mut self, recorded: &Recorded, event: &Event) -> Dated {
        // Summer time begins and ends on the hour, and Paris is whole hours from UTC.
        let hour = recorded.meta.at.timestamp().div_euclid(3_600);
        let known = match self.hour {
            Some((known, day)) if known == hour => day,
            Some(_) | None => {
                let day = accounting_day(recorded.meta.at);
                self.hour = Some((hour, day));
                day
            }
        };
        self.periods.dated_on(known, own_date(event))
    }

    /// Takes `event` in; the last closed day when it closed some.
    pub(super) fn take(&mut self, event: &Event) -> Option<NaiveDate> {
        let before = self.periods;
        self.periods.take(event);
        self.periods.closed_through().filter(|_| self.periods != before)
    }
}
