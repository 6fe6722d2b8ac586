//! `GET /healthz`, `GET /readyz`: for whoever watches the service.

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;

use crate::app::App;
use crate::problem::{Problem, kinds};

/// The process answers.
pub async fn alive() -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], "alive\n")
}

/// 200 when requests can be served, 503 before: the log is being opened or read.
pub async fn ready(State(app): State<App>) -> Result<impl IntoResponse, Problem> {
    if app.is_ready() {
        Ok(([(CACHE_CONTROL, "no-store")], "ready\n"))
    } else {
        Err(Problem::new(&kinds::UNAVAILABLE, "not ready: the log is being read"))
    }
}
