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

/// 200 when requests can be served; 503 before that, and when the read models have stopped.
pub async fn ready(State(app): State<App>) -> Result<impl IntoResponse, Problem> {
    match app.unready() {
        None => Ok(([(CACHE_CONTROL, "no-store")], "ready\n")),
        Some(why) => Err(Problem::new(&kinds::UNAVAILABLE, format_args!("not ready: {why}"))),
    }
}
