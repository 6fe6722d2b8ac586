//! The year closes: time passes until it is over, its months are closed, then the year itself.

use chrono::{Datelike, NaiveDate, TimeDelta};
use fixtures::sandbox::actor;
use ledger_core::calendar::{Calendar, CalendarCommand};
use ledger_core::ids::CalendarId;
use ledger_core::meta::{Meta, Role, paris_midnight};
use projections::reports::closing::Closing;

use super::time;
use crate::app::App;
use crate::problem::{Problem, kinds};
use crate::reading;

/// The first year that is open.
pub async fn open_year(app: &App) -> Result<i32, Problem> {
    let calendar = app.ledger.state::<Calendar>(CalendarId::THE).await?;
    let first = calendar.years.map_or_else(|| app.clock.today().year(), |it| it.0);
    Ok(calendar.closed_years.last().map_or(first, |it| it.year + 1))
}

/// Closes `year`, the first one that is open; what is closed already stays so.
pub async fn close(app: &App, year: i32) -> Result<(), Problem> {
    let _alone = app.moving.write().await;
    let next = open_year(app).await?;
    if year < next {
        return Ok(());
    }
    if year > next {
        let detail = format!("expected {next}, the first year that is open");
        return Err(Problem::field(&kinds::INVALID_FIELD, "year", detail));
    }
    let over = NaiveDate::from_ymd_opt(year + 1, 1, 2).map(paris_midnight);
    if let Some(over) = over.filter(|it| *it > app.clock.now()) {
        time::go(app, over + TimeDelta::hours(8)).await?;
    }
    time::settle_down(app).await?;
    let by = actor(Role::Accountant);
    let act = async |command| {
        let meta = Meta { at: app.clock.now(), by, cause: app.clock.id() };
        app.ledger.execute::<Calendar>(CalendarId::THE, &command, meta).await.map(|_| ())
    };
    act(CalendarCommand::OpenYear { year: year + 1, by }).await?;
    act(CalendarCommand::OpenYear { year: year + 2, by }).await?;
    loop {
        let calendar = app.ledger.state::<Calendar>(CalendarId::THE).await?;
        let Some(month) = calendar.next_month().filter(|it| it.year() <= year) else { break };
        act(CalendarCommand::CloseMonth { month, on: app.clock.today(), by }).await?;
    }
    let closing = {
        let reader = reading::latest(app).await?;
        reader.closing(year, by).map_err(reading::failed)?
    };
    match closing {
        Closing::Sound(closed) => act(CalendarCommand::CloseYear(closed)).await?,
        Closing::Unsound(checks) => {
            let rules: Vec<&str> = checks.0.iter().map(|it| it.rule.as_str()).collect();
            let detail = format!("the books do not agree: {}", rules.join(", "));
            return Err(Problem::new(&kinds::ACT_REFUSED, detail));
        }
    }
    Ok(())
}
