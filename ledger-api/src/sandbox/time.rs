//! Time passes: day by day, as it would, and at each step all that the service does by itself.

use chrono::{DateTime, Days, TimeDelta, Utc};
use ledger_core::event_log::{EventLog, Position};
use ledger_core::meta::{accounting_day, paris_midnight};

use super::keep_clock;
use crate::app::App;
use crate::problem::{Problem, kinds};
use crate::workers::{flows, payments};

/// How far one call moves the clock at most.
pub const FURTHEST: TimeDelta = TimeDelta::days(400);

/// How often what is left to do is looked for after a step, before the next one.
const ROUNDS: u32 = 40;

/// How long the read models may take to follow.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// Where time stands, and what it led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The sandbox's time.
    pub now: DateTime<Utc>,
    /// How many events happened by themselves meanwhile.
    pub events: u64,
    /// The position of the last event.
    pub position: Position,
}

/// Moves the clock forward to `to`, if that is to come; one call after the other.
pub async fn go_to(app: &App, to: DateTime<Utc>) -> Result<Moved, Problem> {
    let _alone = app.moving.write().await;
    go(app, to).await
}

/// The same, by whoever holds the clock already.
pub(super) async fn go(app: &App, to: DateTime<Utc>) -> Result<Moved, Problem> {
    let began = end(app).await?;
    let now = app.clock.now();
    if to - now > FURTHEST {
        let told = "expected a time within 400 days of the sandbox's";
        return Err(Problem::field(&kinds::INVALID_FIELD, "to", told));
    }
    loop {
        settle_down(app).await?;
        let now = app.clock.now();
        if now >= to {
            break;
        }
        // A minute after midnight in Paris, each day is its own.
        let tomorrow = accounting_day(now).checked_add_days(Days::new(1));
        let next = tomorrow.map_or(to, paris_midnight) + TimeDelta::minutes(1);
        app.clock.advance(next.min(to) - now);
        keep_clock(&app.config.data, app.clock.milliseconds_ahead())
            .map_err(|it| Problem::unavailable(it.to_string()))?;
    }
    let position = end(app).await?;
    Ok(Moved { now: app.clock.now(), events: position - began, position })
}

/// Has all done that the service does by itself, until nothing more happens.
pub(super) async fn settle_down(app: &App) -> Result<(), Problem> {
    for _ in 0..ROUNDS {
        let before = end(app).await?;
        follow(app).await?;
        flows::pass(app, before).await.map_err(|it| Problem::unavailable(it.to_string()))?;
        follow(app).await?;
        let pass = payments::pass(app, &mut payments::Looked::default()).await;
        pass.map_err(|it| Problem::unavailable(it.to_string()))?;
        if end(app).await? == before {
            return Ok(());
        }
    }
    Err(Problem::unavailable("what happens by itself does not come to an end"))
}

/// The position of the last event.
pub async fn end(app: &App) -> Result<Position, Problem> {
    app.ledger.log().end().await.map_err(Problem::unavailable)
}

async fn follow(app: &App) -> Result<(), Problem> {
    let end = end(app).await?;
    app.models.at_least(end, PATIENCE).await.map(|_| ()).map_err(Problem::unavailable)
}
