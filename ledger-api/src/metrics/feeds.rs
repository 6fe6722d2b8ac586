//! What is counted of partners' feeds: passes, and how each stands.

use std::collections::BTreeMap;

use catalogue_sync::sync::Outcome;
use ledger_core::ids::PartnerId;
use parking_lot::Mutex;

use super::{Metrics, Text};
use crate::workers::feeds::LastPass;

/// What is counted of each partner since the start.
#[derive(Debug, Default)]
pub(super) struct Feeds(Mutex<BTreeMap<PartnerId, Counted>>);

#[derive(Debug, Default)]
struct Counted {
    passes: u64,
    failures: u64,
    published: usize,
    revised: usize,
    withdrawn: usize,
    /// How many records are refused now.
    refused: usize,
    /// Whether a feed waits for a human now.
    held: bool,
    /// When all feeds were last read, or found unchanged, in seconds since 1970.
    read: i64,
    /// How long the last pass took, in milliseconds.
    took: i64,
}

impl Metrics {
    /// Counts one pass over `partner`'s feeds.
    pub fn fed(&self, partner: PartnerId, pass: &LastPass) {
        let mut all = self.feeds.0.lock();
        let counted = all.entry(partner).or_default();
        counted.passes += 1;
        counted.took = pass.took.num_milliseconds();
        let Ok(report) = &pass.outcome else {
            counted.failures += 1;
            return;
        };
        counted.published += report.published;
        counted.revised += report.revised;
        counted.withdrawn += report.withdrawn;
        counted.refused = report.refused();
        counted.held = report.feeds.iter().any(|it| matches!(it.outcome, Outcome::Held { .. }));
        if report.trouble().is_none() {
            counted.read = pass.at.timestamp();
        } else {
            counted.failures += 1;
        }
    }
}

impl Feeds {
    /// As Prometheus reads it.
    pub(super) fn tell(&self, text: &mut Text) {
        let all = self.0.lock();
        let mut family = |name: &str, kind: &str, what: &str, of: &dyn Fn(&Counted) -> String| {
            text.about(name, kind, what);
            for (partner, counted) in all.iter() {
                text.line(&format!("{name}{{partner=\"{partner}\"}}"), of(counted));
            }
        };
        family("ledger_feed_passes_total", "counter", "Passes over a partner's feeds.", &|it| {
            it.passes.to_string()
        });
        family("ledger_feed_failures_total", "counter", "Passes with a feed in trouble.", &|it| {
            it.failures.to_string()
        });
        family("ledger_feed_published_total", "counter", "Offers put on sale.", &|it| {
            it.published.to_string()
        });
        family("ledger_feed_revised_total", "counter", "Offers that say something else.", &|it| {
            it.revised.to_string()
        });
        family("ledger_feed_withdrawn_total", "counter", "Offers taken off sale.", &|it| {
            it.withdrawn.to_string()
        });
        family("ledger_feed_refused_records", "gauge", "Records refused now.", &|it| {
            it.refused.to_string()
        });
        family("ledger_feed_held", "gauge", "Whether a feed waits for a human.", &|it| {
            u8::from(it.held).to_string()
        });
        let what = "When all of a partner's feeds were last read without trouble.";
        family("ledger_feed_read_timestamp_seconds", "gauge", what, &|it| it.read.to_string());
        family("ledger_feed_pass_milliseconds", "gauge", "What the last pass took.", &|it| {
            it.took.to_string()
        });
    }
}
