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
        Self { fixed: Some(Arc::new(Fixed { millis, drawn: AtomicU64::new(0) })) }
    }

    /// Moves a fixed clock forward; a running one is left alone.
    pub fn advance(&self, by: chrono::TimeDelta) {
        if let Some(fixed) = &self.fixed {
            fixed.millis.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
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
            None => Utc::now().timestamp_millis(),
        }
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
    fn ids_of_a_running_clock_are_in_the_order_of_time() {
        let clock = Clock::default();
        assert!(clock.id() < clock.id());
        assert_ne!(clock.opaque_id(), clock.opaque_id());
    }
}
