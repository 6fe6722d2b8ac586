//! What is counted of webhooks: tries, and what each endpoint is still to be told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use ledger_core::ids::WebhookId;
use parking_lot::Mutex;

use super::Text;

/// What is counted of webhooks, as this node sees it.
#[derive(Debug, Default)]
pub struct Webhooks {
    /// Tries: taken, and not.
    tries: [AtomicU64; 2],
    endpoints: Mutex<BTreeMap<WebhookId, Standing>>,
}

/// How an endpoint stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it is told nothing for now.
    pub paused: bool,
    /// How many messages were read for it and not taken yet.
    pub pending: usize,
    /// When what the oldest of them tells happened; `None` when there is none.
    pub oldest: Option<DateTime<Utc>>,
}

impl Webhooks {
    /// Counts one try, and whether it was taken.
    pub fn tried(&self, taken: bool) {
        self.tries[usize::from(!taken)].fetch_add(1, Ordering::Relaxed);
    }

    /// Notes how `endpoint` stands; `None` once it is deleted.
    pub fn stands(&self, endpoint: WebhookId, standing: Option<Standing>) {
        let mut all = self.endpoints.lock();
        match standing {
            Some(it) => all.insert(endpoint, it),
            None => all.remove(&endpoint),
        };
    }

    /// As Prometheus reads it, at `now`.
    pub(super) fn tell(&self, text: &mut Text, now: DateTime<Utc>) {
        let what = "Tries of webhooks, by outcome.";
        text.about("ledger_webhook_tries_total", "counter", what);
        for (outcome, count) in ["taken", "failed"].into_iter().zip(&self.tries) {
            let name = format!("ledger_webhook_tries_total{{outcome=\"{outcome}\"}}");
            text.line(&name, count.load(Ordering::Relaxed));
        }
        let all = self.endpoints.lock();
        let (paused, active): (Vec<&Standing>, Vec<&Standing>) =
            all.values().partition(|it| it.paused);
        text.about("ledger_webhook_endpoints", "gauge", "Endpoints of webhooks, by state.");
        text.line("ledger_webhook_endpoints{state=\"active\"}", active.len());
        text.line("ledger_webhook_endpoints{state=\"paused\"}", paused.len());
        let pending: usize = active.iter().map(|it| it.pending).sum();
        let what = "Messages that active endpoints have not taken yet.";
        text.gauge("ledger_webhook_pending", what, pending);
        let oldest = active.iter().filter_map(|it| it.oldest).min();
        let age = oldest.map_or(0, |it| (now - it).num_seconds().max(0));
        let what = "Age of the oldest of them.";
        text.gauge("ledger_webhook_oldest_pending_seconds", what, age);
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_active_endpoints_have_not_taken_is_added_up_and_its_age_told() {
        let now: DateTime<Utc> = "2026-11-12T11:00:00Z".parse().unwrap();
        let webhooks = Webhooks::default();
        let standing = |paused, pending, minutes| {
            let oldest = Some(now - TimeDelta::minutes(minutes));
            Some(Standing { paused, pending, oldest })
        };
        let endpoint = |n| WebhookId(Uuid::from_u128(n));
        webhooks.stands(endpoint(1), standing(false, 2, 3));
        webhooks.stands(endpoint(2), standing(false, 5, 1));
        webhooks.stands(endpoint(3), standing(true, 9, 90));
        webhooks.stands(endpoint(4), standing(false, 1, 60));
        webhooks.stands(endpoint(4), None);
        let mut text = Text::default();
        webhooks.tell(&mut text, now);
        for line in [
            "ledger_webhook_pending 7",
            "ledger_webhook_oldest_pending_seconds 180",
            "ledger_webhook_endpoints{state=\"active\"} 2",
            "ledger_webhook_endpoints{state=\"paused\"} 1",
        ] {
            assert!(text.0.lines().any(|it| it == line), "{line}\n{}", text.0);
        }
    }
}
