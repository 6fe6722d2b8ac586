//! On which accounting day an event is posted, given the months closed before it in the log.

use chrono::{Days, NaiveDate};

use super::CalendarEvent;
use crate::event::Event;
use crate::journal::own_date;
use crate::meta::{Meta, accounting_day};

/// The months closed so far in the log: gives each event its accounting day, the same one for
/// ever, since an event only depends on what stands before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Periods {
    closed_through: Option<NaiveDate>,
}

/// The days of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The accounting day it is posted on.
    pub day: NaiveDate,
    /// The day on which it became known: when its event was recorded.
    pub known: NaiveDate,
    /// The date of what it tells (the bank's booking date); `day` unless that one was closed.
    pub own: NaiveDate,
}

impl Dated {
    /// Whether its own month was closed when it came in.
    pub fn is_late(&self) -> bool {
        self.day != self.own
    }
}

impl Periods {
    /// The last day into which nothing is posted any more; `None` when all days are open.
    pub const fn closed_through(self) -> Option<NaiveDate> {
        self.closed_through
    }

    /// As they stand when everything up to `day` is closed.
    pub const fn closed(day: Option<NaiveDate>) -> Self {
        Self { closed_through: day }
    }

    /// Takes one event of the log in, after it was given its own days.
    pub fn take(&mut self, event: &Event) {
        if let Event::Calendar(CalendarEvent::MonthClosed(it)) = event {
            self.closed_through = self.closed_through.max(Some(it.month.last_day()));
        }
    }

    /// The days of `event`, recorded with `meta`.
    pub fn dated(self, event: &Event, meta: &Meta) -> Dated {
        self.dated_on(accounting_day(meta.at), own_date(event))
    }

    /// The days of what was recorded on `known` and tells of `own`, when it has a date of its own.
    pub fn dated_on(self, known: NaiveDate, own: Option<NaiveDate>) -> Dated {
        // Nothing is posted before it happens, nor on a day that has not come.
        let own = own.map_or(known, |own| own.min(known));
        let first_open = self.closed_through.and_then(|it| it.checked_add_days(Days::new(1)));
        Dated { day: first_open.map_or(own, |open| open.max(own)), known, own }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn what_arrives_late_goes_to_the_first_open_day_and_keeps_its_date() {
        let periods = Periods::closed(Some(day("2026-09-30")));
        let late = periods.dated_on(day("2026-10-05"), Some(day("2026-09-28")));
        assert_eq!((late.day, late.own), (day("2026-10-01"), day("2026-09-28")));
        assert!(late.is_late());
        let in_time = periods.dated_on(day("2026-10-05"), Some(day("2026-10-02")));
        assert_eq!((in_time.day, in_time.known), (day("2026-10-02"), day("2026-10-05")));
        assert!(!in_time.is_late());
    }

    #[test]
    fn while_a_month_is_open_its_dates_are_kept() {
        let dated = Periods::default().dated_on(day("2026-10-05"), Some(day("2026-09-28")));
        assert_eq!(dated.day, day("2026-09-28"));
    }

    #[test]
    fn a_date_to_come_is_posted_on_the_day_it_became_known() {
        let dated = Periods::default().dated_on(day("2026-10-05"), Some(day("2026-10-09")));
        assert_eq!(dated.day, day("2026-10-05"));
    }
}
