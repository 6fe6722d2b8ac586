//! `GET /metrics`: a few counters, as Prometheus reads them.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;

use crate::app::App;

/// Upper bounds of the classes of duration, in microseconds; beyond the last is one more class.
const BOUNDS: [u64; 12] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 2_000_000];

/// What is counted since the start.
#[derive(Debug, Default)]
pub struct Metrics {
    /// By class of status: `1xx` to `5xx`.
    answers: [AtomicU64; 5],
    /// By class of duration, see [`BOUNDS`].
    durations: [AtomicU64; BOUNDS.len() + 1],
    /// In microseconds.
    total: AtomicU64,
}

impl Metrics {
    /// Counts one answer and how long it took.
    pub fn answered(&self, status: StatusCode, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let class = usize::from(status.as_u16() / 100).clamp(1, 5) - 1;
        self.answers[class].fetch_add(1, Ordering::Relaxed);
        let class = BOUNDS.partition_point(|it| *it < micros);
        self.durations[class].fetch_add(1, Ordering::Relaxed);
        self.total.fetch_add(micros, Ordering::Relaxed);
    }

    /// As Prometheus reads it.
    pub fn to_text(&self) -> String {
        let mut text = String::from(
            "# HELP ledger_http_answers_total Answers, by class of status.\n\
             # TYPE ledger_http_answers_total counter\n",
        );
        for (class, count) in (1..).zip(&self.answers) {
            line(
                &mut text,
                &format!("ledger_http_answers_total{{class=\"{class}xx\"}}"),
                read(count),
            );
        }
        text.push_str(
            "# HELP ledger_http_duration_seconds Time from a request's head to its answer's head.\n\
             # TYPE ledger_http_duration_seconds histogram\n",
        );
        let mut so_far = 0;
        for (class, count) in self.durations.iter().enumerate() {
            so_far += read(count);
            let bound = BOUNDS.get(class).map_or_else(|| "+Inf".into(), |it| seconds(*it));
            line(
                &mut text,
                &format!("ledger_http_duration_seconds_bucket{{le=\"{bound}\"}}"),
                so_far,
            );
        }
        line(&mut text, "ledger_http_duration_seconds_sum", seconds(read(&self.total)));
        line(&mut text, "ledger_http_duration_seconds_count", so_far);
        text
    }
}

fn line(text: &mut String, name: &str, value: impl std::fmt::Display) {
    // Writing into a string cannot fail.
    let _ = writeln!(text, "{name} {value}");
}

fn read(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

/// Microseconds, as decimal seconds.
fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// Shows what was counted.
pub async fn show(State(app): State<App>) -> impl IntoResponse {
    let mut text = app.metrics.to_text();
    line(
        &mut text,
        "# HELP ledger_ready Whether requests can be served.\n# TYPE ledger_ready gauge\nledger_ready",
        u8::from(app.is_ready()),
    );
    let headers =
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (headers, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_counted_in_its_classes() {
        let metrics = Metrics::default();
        metrics.answered(StatusCode::OK, Duration::from_micros(250));
        metrics.answered(StatusCode::NOT_FOUND, Duration::from_secs(3));
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
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
    }
}
