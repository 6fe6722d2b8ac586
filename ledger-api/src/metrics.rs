//! `GET /metrics`: what whoever watches the service asks, as Prometheus reads it.

pub mod clients;
mod feeds;
pub mod webhooks;

use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use ledger_core::event_log::durations::{BOUNDS, Durations};
use ledger_core::event_log::{EventLog, Position};
use parking_lot::Mutex;

use crate::app::App;

/// Why an answer is a refusal, put beside it to be counted: the slug of a problem, or of the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub &'static str);

/// What is counted since the start.
#[derive(Debug, Default)]
pub struct Metrics {
    /// By class of status: `1xx` to `5xx`.
    answers: [AtomicU64; 5],
    durations: Durations,
    /// By slug; a lock that only refusals take.
    refusals: Mutex<BTreeMap<&'static str, u64>>,
    feeds: feeds::Feeds,
    /// What each client of the API did.
    pub clients: clients::Clients,
    /// Webhooks: their tries, and how each endpoint stands.
    pub webhooks: webhooks::Webhooks,
    /// Until when our TLS certificate holds, in seconds since 1970; 0 without TLS.
    certificate: AtomicI64,
}

impl Metrics {
    /// Counts one answer and how long it took.
    pub fn answered(&self, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).clamp(1, 5) - 1;
        self.answers[class].fetch_add(1, Ordering::Relaxed);
        self.durations.record(took);
    }

    /// Counts one refusal.
    pub fn refused(&self, why: Refused) {
        *self.refusals.lock().entry(why.0).or_default() += 1;
    }

    /// Notes until when our TLS certificate holds.
    pub fn certificate(&self, until: DateTime<Utc>) {
        self.certificate.store(until.timestamp(), Ordering::Relaxed);
    }

    /// As Prometheus reads it.
    pub fn to_text(&self) -> String {
        let mut text = Text::default();
        text.about("ledger_http_answers_total", "counter", "Answers, by class of status.");
        for (class, count) in (1..).zip(&self.answers) {
            let name = format!("ledger_http_answers_total{{class=\"{class}xx\"}}");
            text.line(&name, count.load(Ordering::Relaxed));
        }
        let what = "Time from a request's head to its answer's head.";
        text.histogram("ledger_http_duration_seconds", what, &self.durations);
        text.about("ledger_refusals_total", "counter", "Refusals, by the slug of the problem.");
        for (slug, count) in self.refusals.lock().iter() {
            text.line(&format!("ledger_refusals_total{{slug=\"{slug}\"}}"), count);
        }
        let until = self.certificate.load(Ordering::Relaxed);
        if until != 0 {
            let what = "Until when the TLS certificate holds, in seconds since 1970.";
            text.gauge("ledger_tls_certificate_until_timestamp_seconds", what, until);
        }
        self.clients.tell(&mut text);
        self.feeds.tell(&mut text);
        text.0
    }
}

/// Lines of Prometheus' text format.
#[derive(Default)]
struct Text(String);

impl Text {
    // Writing into a string cannot fail.

    fn about(&mut self, name: &str, kind: &str, what: &str) {
        let _ = writeln!(self.0, "# HELP {name} {what}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn gauge(&mut self, name: &str, what: &str, value: impl Display) {
        self.about(name, "gauge", what);
        self.line(name, value);
    }

    fn histogram(&mut self, name: &str, what: &str, durations: &Durations) {
        self.about(name, "histogram", what);
        let mut so_far = 0;
        for (class, count) in durations.counts().into_iter().enumerate() {
            so_far += count;
            let bound = BOUNDS.get(class).map_or_else(|| "+Inf".into(), |it| seconds(*it));
            self.line(&format!("{name}_bucket{{le=\"{bound}\"}}"), so_far);
        }
        self.line(&format!("{name}_sum"), seconds(durations.total_micros()));
        self.line(&format!("{name}_count"), so_far);
    }
}

/// Microseconds, as decimal seconds.
fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// Shows what was counted, and where things stand.
pub async fn show(State(app): State<App>) -> impl IntoResponse {
    let mut text = Text(app.metrics.to_text());
    app.metrics.webhooks.tell(&mut text, app.clock.now());
    let ready = u8::from(app.unready().is_none());
    text.gauge("ledger_ready", "Whether requests can be served.", ready);
    let models = app.models.state().position;
    if let Ok(end) = app.ledger.log().end().await {
        positions(&mut text, end, models);
    }
    let accounts = app.ledger.accounts_in_memory();
    text.gauge("ledger_accounts_in_memory", "Accounts whose state is in memory.", accounts);
    if let Some(commits) = app.ledger.log().commits() {
        let what = "Time that a commit of the log takes until it is durable.";
        text.histogram("ledger_log_commit_seconds", what, commits);
    }
    let headers =
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (headers, text.0)
}

fn positions(text: &mut Text, end: Position, models: Position) {
    text.gauge("ledger_log_position", "Position of the last durable event.", end);
    text.gauge("ledger_read_models_position", "Position that the read models cover.", models);
    let lag = end.saturating_sub(models);
    text.gauge("ledger_read_models_lag_events", "Events that the read models lack.", lag);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_counted_in_its_classes() {
        let metrics = Metrics::default();
        metrics.answered(StatusCode::OK, Duration::from_micros(250));
        metrics.answered(StatusCode::NOT_FOUND, Duration::from_secs(3));
        metrics.refused(Refused("not-found"));
        let text = metrics.to_text();
        for line in [
            "ledger_http_answers_total{class=\"2xx\"} 1",
            "ledger_http_answers_total{class=\"4xx\"} 1",
            "ledger_http_duration_seconds_bucket{le=\"0.000100\"} 0",
            "ledger_http_duration_seconds_bucket{le=\"0.000250\"} 1",
            "ledger_http_duration_seconds_bucket{le=\"2.000000\"} 1",
            "ledger_http_duration_seconds_bucket{le=\"+Inf\"} 2",
            "ledger_http_duration_seconds_sum 3.000250",
            "ledger_http_duration_seconds_count 2",
            "ledger_refusals_total{slug=\"not-found\"} 1",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
    }
}
