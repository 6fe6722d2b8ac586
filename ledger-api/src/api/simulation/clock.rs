//! Time passes, and the year closes.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::caller::Caller;
use crate::api::entity;
use crate::app::App;
use crate::extract::Json;
use crate::format;
use crate::problem::Problem;
use crate::sandbox::{InSandbox, close_year, time};

/// Until when time passes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// A time of the sandbox, RFC 3339, within 400 days; one that is past changes nothing.
    #[schema(value_type = String, format = "date-time")]
    to: DateTime<Utc>,
}

/// Where time stands, and what it led to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Moved {
    /// The sandbox's time.
    now: String,
    /// How many events happened by themselves meanwhile: holds that expired, usage that was billed,
    /// renewals that were proposed …
    events: u64,
}

/// Move the clock.
///
/// Time passes, day by day; all that happens by itself meanwhile has happened when it answers.
///
/// The clock goes on from there, and never goes back: sent again, it changes nothing. Access tokens
/// and the times that webhooks are signed with are those of the world outside.
#[utoipa::path(post, path = "/api/v1/simulation/clock", tag = "Simulation",
    operation_id = "moveClock", request_body = Move,
    responses((status = 200, description = "Time has passed", body = Moved)),
    security(("oauth2" = [])))]
pub async fn go_on(
    _: InSandbox,
    State(app): State<App>,
    _: Caller,
    Json(asked): Json<Move>,
) -> Result<Response, Problem> {
    let moved = time::go_to(&app, asked.to).await?;
    let told = Moved { now: format::iso(moved.now), events: moved.events };
    Ok(entity::changed(&told, moved.position))
}

/// Which year.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Year {
    /// The first one that is open, or one that is closed already.
    #[schema(minimum = 2020, maximum = 2100)]
    year: i32,
}

/// A year that is closed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosedYear {
    /// Which one.
    year: i32,
    /// The sandbox's time.
    now: String,
}

/// Close the year.
///
/// A year of accounts is closed, by the test accountant; time passes until it is over. Its books
/// have to agree, as they do in a real one. Sent again, it changes nothing.
#[utoipa::path(post, path = "/api/v1/simulation/year-end", tag = "Simulation",
    operation_id = "closeYear", request_body = Year,
    responses((status = 200, description = "The year is closed", body = ClosedYear)),
    security(("oauth2" = [])))]
pub async fn close(
    _: InSandbox,
    State(app): State<App>,
    _: Caller,
    Json(asked): Json<Year>,
) -> Result<Response, Problem> {
    close_year::close(&app, asked.year).await?;
    let told = ClosedYear { year: asked.year, now: format::iso(app.clock.now()) };
    let end = time::end(&app).await?;
    Ok(entity::changed(&told, end))
}
