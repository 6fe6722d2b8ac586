//! `GET /comptable/controles`: what must hold at every moment, with both figures.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger_core::event_log::{EventLog, Position};
use projections::net::Net;
use projections::reports::check::{Check, Relation};
use serde::Deserialize;

use super::filters;
use super::names::Names;
use crate::app::App;
use crate::extract::Query;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::session::Reader;
use crate::{format, reading};

/// What follows the `?`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    lots: Option<String>,
}

/// `templates/audit/checks.html`.
#[derive(Template)]
#[template(path = "audit/checks.html")]
struct ChecksPage {
    frame: Frame,
    checks: Vec<Check>,
    lots: Vec<Check>,
    names: Names,
    end: Position,
    position: Position,
    /// Why the read models go no further; `None` while they follow the log.
    stopped: Option<String>,
}

impl ChecksPage {
    /// How many rules do not hold.
    fn broken(&self) -> usize {
        self.checks.iter().chain(&self.lots).filter(|it| !it.holds()).count()
    }

    /// A rule, with the names of those it is about.
    fn rule(&self, check: &Check) -> String {
        self.names.spelled(&check.rule)
    }

    /// How many events the read models have not seen yet.
    fn lag(&self) -> Position {
        self.end.saturating_sub(self.position)
    }
}

/// How two figures must compare, in a sign.
fn sign(relation: Relation) -> &'static str {
    match relation {
        Relation::Equal => "=",
        Relation::AtLeast => "≥",
    }
}

/// A figure with its sign, debits counting up.
fn signed(net: Net) -> String {
    let minus = if net.cents() < 0 { "−" } else { "" };
    format!("{minus}{}", net.debtor().and(net.creditor()))
}

/// Checks, and shows what came out.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let detailed =
        filters::one_of("lots", asked.lots.as_deref(), &[("oui", true), ("non", false)])?;
    let end = app.ledger.log().end().await.map_err(Problem::unavailable)?;
    let stopped = app.models.state().stopped.map(|it| it.to_string());
    let reader = reading::latest(&app).await?;
    let position = reader.position();
    let read = move || {
        let checks = reader.check()?.0;
        // Reads every credit of every account, which takes a while.
        let lots = if detailed == Some(true) { reader.check_lots()?.0 } else { vec![] };
        Ok((checks, lots, Names::read(&reader)?))
    };
    let read = tokio::task::spawn_blocking(read).await.map_err(Problem::internal)?;
    let (checks, lots, names) = read.map_err(reading::failed)?;
    let end = end.max(position);
    Ok(Page(ChecksPage { frame, checks, lots, names, end, position, stopped }).into_response())
}
