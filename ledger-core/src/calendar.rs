//! The accounting calendar (calendrier comptable): years opened, months and years closed, and the
//! cut-offs at which partners are settled.
//!
//! One stream for all years, so that "months close in order" is guarded in one place (ADR 0010).
//! Nothing is posted into a closed month: what arrives late goes to the first open day and keeps
//! a reference to its own date ([`Periods`]).

pub mod month;
mod periods;
pub mod rhythm;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use month::Month;
pub use periods::{Dated, Periods};
pub use rhythm::Rhythm;

use crate::decider::Decider;
use crate::digest::Digest;
use crate::event_log::Position;
use crate::meta::{Actor, Role};
use crate::money::Balance;

/// What is asked of the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalendarCommand {
    /// Open an accounting year (exercice); the first one may be any, the next ones follow.
    OpenYear {
        /// Which year, 2000 to 2999.
        year: i32,
        /// Who opens it.
        by: Actor,
    },
    /// Close a month that is over: nothing is posted into it any more.
    CloseMonth {
        /// Which month.
        month: Month,
        /// Today in Europe/Paris.
        on: NaiveDate,
        /// Who closes it: an accountant.
        by: Actor,
    },
    /// Close a year whose months are closed, for ever.
    CloseYear(YearClosed),
    /// Record up to where in the log captures and refunds belong to a settlement period.
    CutOff(CutOff),
    /// Every partner's settlement of a period is drawn up.
    Settle {
        /// The last day of the period.
        on: NaiveDate,
    },
}

/// What has happened to the calendar: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalendarEvent {
    /// See [`YearOpened`].
    YearOpened(YearOpened),
    /// See [`MonthClosed`].
    MonthClosed(MonthClosed),
    /// See [`YearClosed`].
    YearClosed(YearClosed),
    /// See [`CutOff`].
    CutOff(CutOff),
    /// See [`PeriodSettled`].
    PeriodSettled(PeriodSettled),
}

/// An accounting year begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearOpened {
    /// Which one.
    pub year: i32,
    /// Who opened it.
    pub by: Actor,
}

/// Nothing is posted into a month any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthClosed {
    /// Which one.
    pub month: Month,
    /// Who closed it.
    pub by: Actor,
}

/// A year is closed for ever, with the trial balance that it ends with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearClosed {
    /// Which one.
    pub year: i32,
    /// How many accounts and auxiliaries its trial balance has.
    pub accounts: u32,
    /// The sum of its debits since the first day.
    pub debit: Balance,
    /// The sum of its credits; the same.
    pub credit: Balance,
    /// Fingerprint of its trial balance as CSV, so that anyone can prove it later.
    pub digest: Digest,
    /// Who closed it.
    pub by: Actor,
}

/// Captures and refunds up to a position belong to the settlement period that ends on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutOff {
    /// The last day of the period, in Europe/Paris.
    pub on: NaiveDate,
    /// The last position recorded before midnight, Paris time, at the end of that day.
    pub up_to: Position,
}

/// Every partner's settlement of a period is drawn up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodSettled {
    /// The last day of the period.
    pub on: NaiveDate,
}

/// Why a command on the calendar is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarRefusal {
    /// Years follow each other.
    #[error("year {year} cannot be opened: the next one is {next}")]
    NotNextYear {
        /// Which was asked.
        year: i32,
        /// Which is expected.
        next: i32,
    },
    /// No such year is open.
    #[error("year {year} is not open")]
    YearNotOpen {
        /// Which was asked.
        year: i32,
    },
    /// Months close in order.
    #[error("{month} cannot be closed yet: {next} comes first")]
    NotNextMonth {
        /// Which was asked.
        month: Month,
        /// Which is expected.
        next: Month,
    },
    /// Its last day has not passed.
    #[error("{month} is not over: it can be closed from {from}")]
    NotOver {
        /// Which was asked.
        month: Month,
        /// The first day on which it can be closed.
        from: NaiveDate,
    },
    /// A year closes after its twelve months.
    #[error("year {year} cannot be closed: {month} is open")]
    MonthOpen {
        /// Which was asked.
        year: i32,
        /// The first month that is open.
        month: Month,
    },
    /// Debits and credits differ: something is wrong, and nothing is closed.
    #[error("the trial balance does not balance: {debit} debited, {credit} credited")]
    Unbalanced {
        /// Debits.
        debit: Balance,
        /// Credits.
        credit: Balance,
    },
    /// Only the public accountant closes periods (décret 2012-1246, art. 18 and 205).
    #[error("an accountant opens and closes periods")]
    NotAccountant,
    /// Cut-offs follow each other.
    #[error("the last cut-off is {last}, at position {up_to}: the next one comes after it")]
    CutOffOutOfOrder {
        /// The last one's day.
        last: NaiveDate,
        /// Its position.
        up_to: Position,
    },
    /// The period was not cut off, or one before it is not settled.
    #[error("the next period to be settled is {next:?}, not {on}")]
    NotNextPeriod {
        /// Which was asked.
        on: NaiveDate,
        /// Which is expected; `None` when all are settled.
        next: Option<NaiveDate>,
    },
    /// The year is closed with another balance.
    #[error("year {year} was closed with another trial balance")]
    ReferenceReused {
        /// Which year.
        year: i32,
    },
}

impl CalendarRefusal {
    /// The rule's stable name, as in problems and reports.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NotNextYear { .. } => "year-out-of-order",
            Self::YearNotOpen { .. } => "year-not-open",
            Self::NotNextMonth { .. } => "month-out-of-order",
            Self::NotOver { .. } => "month-not-over",
            Self::MonthOpen { .. } => "month-open",
            Self::Unbalanced { .. } => "unbalanced",
            Self::NotAccountant => "accountant-only",
            Self::CutOffOutOfOrder { .. } => "cut-off-out-of-order",
            Self::NotNextPeriod { .. } => "period-out-of-order",
            Self::ReferenceReused { .. } => "reference-reused",
        }
    }
}

/// The calendar, as its stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The years opened, first and last; `None` before the first.
    pub years: Option<(i32, i32)>,
    /// The last month closed; `None` when all are open.
    pub closed: Option<Month>,
    /// The years closed, in order.
    pub closed_years: Vec<YearClosed>,
    /// The cut-offs, in order; they are few (24 a year).
    pub cut_offs: Vec<CutOff>,
    /// How many of them are settled, from the first.
    pub settled: usize,
}

impl Decider for Calendar {
    type Command = CalendarCommand;
    type Event = CalendarEvent;
    type Refusal = CalendarRefusal;

    fn decide(&self, command: &CalendarCommand) -> Result<Vec<CalendarEvent>, CalendarRefusal> {
        if self.has_done(command)? {
            return Ok(vec![]);
        }
        let event = match command {
            CalendarCommand::OpenYear { year, by } => self.open_year(*year, *by)?,
            CalendarCommand::CloseMonth { month, on, by } => self.close_month(*month, *on, *by)?,
            CalendarCommand::CloseYear(it) => self.close_year(it)?,
            CalendarCommand::CutOff(it) => self.cut_off(*it)?,
            CalendarCommand::Settle { on } => match self.next_to_settle() {
                Some((_, next)) if next.on == *on => {
                    CalendarEvent::PeriodSettled(PeriodSettled { on: *on })
                }
                next => {
                    let next = next.map(|(_, it)| it.on);
                    return Err(CalendarRefusal::NotNextPeriod { on: *on, next });
                }
            },
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, event: &CalendarEvent) {
        match event {
            CalendarEvent::YearOpened(it) => {
                let first = self.years.map_or(it.year, |(first, _)| first);
                self.years = Some((first, it.year));
            }
            CalendarEvent::MonthClosed(it) => self.closed = Some(it.month),
            CalendarEvent::YearClosed(it) => self.closed_years.push(it.clone()),
            CalendarEvent::CutOff(it) => self.cut_offs.push(*it),
            CalendarEvent::PeriodSettled(_) => self.settled += 1,
        }
    }
}

impl Calendar {
    /// The month that closes next; `None` before a year is open.
    pub fn next_month(&self) -> Option<Month> {
        let (first, _) = self.years?;
        Some(self.closed.map_or(Month::first_of(first), Month::next))
    }

    /// The first period that is cut off and not settled, after the position of the one before it;
    /// `None` when all are settled.
    pub fn next_to_settle(&self) -> Option<(Position, CutOff)> {
        self.window(self.settled)
    }

    /// The period that ends on `on`, after the position of the one before it.
    pub fn period(&self, on: NaiveDate) -> Option<(Position, CutOff)> {
        self.window(self.cut_offs.iter().position(|it| it.on == on)?)
    }

    fn window(&self, index: usize) -> Option<(Position, CutOff)> {
        let cut_off = *self.cut_offs.get(index)?;
        let before = index.checked_sub(1).and_then(|it| self.cut_offs.get(it));
        Some((before.map_or(0, |it| it.up_to), cut_off))
    }

    /// As it was closed; `None` while `year` is not.
    pub fn closed_year(&self, year: i32) -> Option<&YearClosed> {
        self.closed_years.iter().find(|it| it.year == year)
    }

    /// Whether `command` was carried out before.
    fn has_done(&self, command: &CalendarCommand) -> Result<bool, CalendarRefusal> {
        Ok(match command {
            CalendarCommand::OpenYear { year, .. } => {
                self.years.is_some_and(|(first, last)| (first..=last).contains(year))
            }
            CalendarCommand::CloseMonth { month, .. } => self.closed.is_some_and(|closed| {
                *month <= closed && self.years.is_some_and(|(first, _)| month.year() >= first)
            }),
            CalendarCommand::CloseYear(it) => match self.closed_year(it.year) {
                None => false,
                Some(known) if known.digest == it.digest => true,
                Some(_) => return Err(CalendarRefusal::ReferenceReused { year: it.year }),
            },
            CalendarCommand::CutOff(it) => self.cut_offs.iter().any(|known| known == it),
            CalendarCommand::Settle { on } => {
                self.cut_offs.iter().take(self.settled).any(|it| it.on == *on)
            }
        })
    }

    fn open_year(&self, year: i32, by: Actor) -> Result<CalendarEvent, CalendarRefusal> {
        accountant(by)?;
        let next = match self.years {
            Some((_, last)) => last + 1,
            None => year.clamp(2000, 2999),
        };
        if year != next {
            return Err(CalendarRefusal::NotNextYear { year, next });
        }
        Ok(CalendarEvent::YearOpened(YearOpened { year, by }))
    }

    fn close_month(
        &self,
        month: Month,
        on: NaiveDate,
        by: Actor,
    ) -> Result<CalendarEvent, CalendarRefusal> {
        accountant(by)?;
        let opened = |year| self.years.is_some_and(|(_, last)| year <= last);
        let Some(next) = self.next_month().filter(|_| opened(month.year())) else {
            return Err(CalendarRefusal::YearNotOpen { year: month.year() });
        };
        if month != next {
            return Err(CalendarRefusal::NotNextMonth { month, next });
        }
        let from = month.next().first_day();
        if on < from {
            return Err(CalendarRefusal::NotOver { month, from });
        }
        Ok(CalendarEvent::MonthClosed(MonthClosed { month, by }))
    }

    fn close_year(&self, it: &YearClosed) -> Result<CalendarEvent, CalendarRefusal> {
        accountant(it.by)?;
        let year = it.year;
        let opened = self.years.is_some_and(|(first, last)| (first..=last).contains(&year));
        let Some(month) = self.next_month().filter(|_| opened) else {
            return Err(CalendarRefusal::YearNotOpen { year });
        };
        if month.year() <= year {
            return Err(CalendarRefusal::MonthOpen { year, month });
        }
        if it.debit != it.credit {
            return Err(CalendarRefusal::Unbalanced { debit: it.debit, credit: it.credit });
        }
        Ok(CalendarEvent::YearClosed(it.clone()))
    }

    fn cut_off(&self, it: CutOff) -> Result<CalendarEvent, CalendarRefusal> {
        match self.cut_offs.last() {
            Some(last) if it.on <= last.on || it.up_to < last.up_to => {
                Err(CalendarRefusal::CutOffOutOfOrder { last: last.on, up_to: last.up_to })
            }
            Some(_) | None => Ok(CalendarEvent::CutOff(it)),
        }
    }
}

fn accountant(by: Actor) -> Result<(), CalendarRefusal> {
    if by.role == Role::Accountant { Ok(()) } else { Err(CalendarRefusal::NotAccountant) }
}
