//! The one place that reads the time and makes new ids; both are fixed in tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::meta::accounting_day;
use uuid::Uuid;

/// What time it is, and the next new id.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// `None` reads the machine's clock.
    fixed: Option<Arc<Fixed>>,
    /// How many milliseconds a sandbox's clock is ahead of the machine's; `None` elsewhere.
    ahead: Option<Arc<AtomicI64>>,
}

/// A time that stands still until it is moved, and ids that count up.
#[derive(Debug)]
struct Fixed {
    millis: AtomicI64,
    drawn: AtomicU64,
}

impl Clock {
    /// Stands still at `at`, and draws the ids 1, 2, 3 …
    pub fn fixed(at: DateTime<Utc>) -> Self {
        let millis = AtomicI64::new(at.timestamp_millis());
        let fixed = Some(Arc::new(Fixed { millis, drawn: AtomicU64::new(0) }));
        Self { fixed, ahead: None }
    }

    /// Runs so many milliseconds ahead of the machine's, and may be moved further: a sandbox's.
    pub fn ahead(milliseconds: i64) -> Self {
        Self { fixed: None, ahead: Some(Arc::new(AtomicI64::new(milliseconds.max(0)))) }
    }

    /// How far it is ahead of the machine's; 0 unless it is a sandbox's.
    pub fn milliseconds_ahead(&self) -> i64 {
        self.ahead.as_ref().map_or(0, |it| it.load(Ordering::Relaxed))
    }

    /// Moves a fixed clock, or a sandbox's, forward; any other one is left alone.
    pub fn advance(&self, by: chrono::TimeDelta) {
        if let Some(fixed) = &self.fixed {
            fixed.millis.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
        }
        if let Some(ahead) = &self.ahead {
            ahead.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
        }
    }

    /// Now, UTC, to the millisecond: what the log keeps.
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.millis()).unwrap_or_default()
    }

    /// Now, in milliseconds since 1970, UTC.
    pub fn millis(&self) -> i64 {
        match &self.fixed {
            Some(fixed) => fixed.millis.load(Ordering::Relaxed),
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the time")]
            None => Utc::now().timestamp_millis() + self.milliseconds_ahead(),
        }
    }

    /// What time it is outside: now, but for a sandbox whose clock was moved. What others check
    /// against their own clocks is dated so, and what only has to last a while.
    pub fn outside(&self) -> DateTime<Utc> {
        self.now() - chrono::TimeDelta::milliseconds(self.milliseconds_ahead())
    }

    /// Today's accounting day: the date in Europe/Paris.
    pub fn today(&self) -> NaiveDate {
        accounting_day(self.now())
    }

    /// A new id whose order is that of time (`UUIDv7`): for purchases, envelopes, requests.
    pub fn id(&self) -> Uuid {
        match &self.fixed {
            Some(fixed) => fixed.draw(),
            #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
            None if self.ahead.is_some() => {
                let mut random = [0; 10];
                random.copy_from_slice(&Uuid::new_v4().as_bytes()[..10]);
                let millis = u64::try_from(self.millis()).unwrap_or_default();
                uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
            }
            #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
            None => Uuid::now_v7(),
        }
    }

    /// A new id that tells nothing, not even when it was made (`UUIDv4`).
    pub fn opaque_id(&self) -> Uuid {
        match &self.fixed {
            Some(fixed) => fixed.draw(),
            #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
            None => Uuid::new_v4(),
        }
    }
}

impl Fixed {
    fn draw(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.drawn.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_stands_still_until_it_is_moved() {
        let clock = Clock::fixed("2026-09-01T22:30:00Z".parse().unwrap());
        assert_eq!(clock.today().to_string(), "2026-09-02");
        clock.advance(chrono::TimeDelta::days(1));
        assert_eq!(clock.today().to_string(), "2026-09-03");
        assert_eq!((clock.id(), clock.opaque_id()), (Uuid::from_u128(1), Uuid::from_u128(2)));
    }

    #[test]
    fn a_sandboxs_clock_runs_on_from_where_it_is_moved_to() {
        let (clock, machine) = (Clock::ahead(0), Clock::default());
        clock.advance(chrono::TimeDelta::days(30));
        let ahead = clock.now() - machine.now();
        assert!((ahead - chrono::TimeDelta::days(30)).abs() < chrono::TimeDelta::minutes(1));
        assert!(clock.id() > machine.id(), "ids are in the order of its own time");
        assert_eq!(Clock::ahead(clock.milliseconds_ahead()).today(), clock.today());
        let outside = clock.outside() - machine.now();
        assert!(outside.abs() < chrono::TimeDelta::minutes(1), "outside, time is as it was");
    }

    #[test]
    fn ids_of_a_running_clock_are_in_the_order_of_time() {
        let clock = Clock::default();
        assert!(clock.id() < clock.id());
        assert_ne!(clock.opaque_id(), clock.opaque_id());
    }
}
