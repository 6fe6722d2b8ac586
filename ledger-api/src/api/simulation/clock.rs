//! Time passes, and the year closes.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::caller::Caller;
use crate::api::{entity, fields, lists};
use crate::app::App;
use crate::extract::Json;
use crate::format;
use crate::problem::Problem;
use crate::sandbox::{InSandbox, close_year, time};

/// How far the clock is moved: by so many seconds, or to a time.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// By so many seconds; up to 400 days.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(value_type = u64, required = false, minimum = 1, maximum = 34_560_000)]
    seconds: Option<u32>,
    /// To this time of the sandbox, RFC 3339; within 400 days.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(value_type = String, required = false, format = "date-time")]
    to: Option<DateTime<Utc>>,
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
/// The clock goes on from there, and never goes back. Access tokens end by the sandbox's time too:
/// ask for another one. Webhooks are sent while and after it answers.
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
    let to = match (asked.seconds, asked.to) {
        (Some(seconds), None) => app.clock.now() + TimeDelta::seconds(seconds.into()),
        (None, Some(to)) => to,
        (Some(_), Some(_)) | (None, None) => {
            return Err(lists::invalid("to", "expected either `seconds` or `to`"));
        }
    };
    let moved = time::go_to(&app, to).await?;
    let told = Moved { now: format::iso(moved.now), events: moved.events };
    Ok(entity::changed(&told, moved.position))
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
/// The first year of accounts that is open is closed, by the test accountant; time passes until it
/// is over. Its books have to agree, as they do in a real one.
#[utoipa::path(post, path = "/api/v1/simulation/year-end", tag = "Simulation",
    operation_id = "closeYear",
    responses((status = 200, description = "The year is closed", body = ClosedYear)),
    security(("oauth2" = [])))]
pub async fn close(_: InSandbox, State(app): State<App>, _: Caller) -> Result<Response, Problem> {
    let year = close_year::close(&app).await?;
    let told = ClosedYear { year, now: format::iso(app.clock.now()) };
    let end = time::end(&app).await?;
    Ok(entity::changed(&told, end))
}
