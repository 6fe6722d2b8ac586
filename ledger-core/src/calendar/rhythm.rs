//! How often partners are settled.

use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};

use super::Month;
use crate::meta::paris_midnight;

/// How often partners are settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rhythm {
    /// On the 15th and on the last day of each month.
    #[default]
    TwiceMonthly,
    /// On the last day of each month.
    Monthly,
}

/// Why a text is not a rhythm.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected twice-monthly or monthly")]
pub struct RhythmError;

impl FromStr for Rhythm {
    type Err = RhythmError;

    fn from_str(text: &str) -> Result<Self, RhythmError> {
        match text {
            "twice-monthly" => Ok(Self::TwiceMonthly),
            "monthly" => Ok(Self::Monthly),
            _ => Err(RhythmError),
        }
    }
}

impl Rhythm {
    /// The last day of the period that `day` is in.
    pub fn period_end(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::TwiceMonthly if day.day() <= 15 => day.with_day(15).unwrap_or(day),
            Self::TwiceMonthly | Self::Monthly => Month::of(day).last_day(),
        }
    }

    /// The last day of the period after the one that ends on `on`.
    pub fn next(self, on: NaiveDate) -> NaiveDate {
        self.period_end(on.checked_add_days(Days::new(1)).unwrap_or(on))
    }
}

/// The instant at which the period that ends on `on` is over: midnight in Paris.
pub fn over_at(on: NaiveDate) -> DateTime<Utc> {
    paris_midnight(on.checked_add_days(Days::new(1)).unwrap_or(on))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn periods_end_on_the_15th_and_on_the_last_day() {
        let ends = std::iter::successors(Some(day("2028-02-15")), |it| {
            Some(Rhythm::TwiceMonthly.next(*it))
        });
        let ends: Vec<String> = ends.take(4).map(|it| it.to_string()).collect();
        assert_eq!(ends, ["2028-02-15", "2028-02-29", "2028-03-15", "2028-03-31"]);
        assert_eq!(Rhythm::Monthly.period_end(day("2028-02-03")), day("2028-02-29"));
    }

    #[test]
    fn a_period_is_over_at_midnight_in_paris_summer_time_or_not() {
        assert_eq!(over_at(day("2026-10-15")).to_string(), "2026-10-15 22:00:00 UTC");
        assert_eq!(over_at(day("2026-10-31")).to_string(), "2026-10-31 23:00:00 UTC");
    }
}
