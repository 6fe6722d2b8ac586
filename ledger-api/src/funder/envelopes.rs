//! `GET /financeur/enveloppes`: the funder's envelopes, and how far each is used.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger_core::event_log::Position;
use ledger_core::money::Balance;
use projections::reports::Page as Rows;
use projections::reports::balances::SourceTotal;
use projections::reports::envelopes::EnvelopeRow;
use serde::Deserialize;

use crate::app::App;
use crate::extract::Query;
use crate::page::{Frame, Page};
use crate::problem::{Problem, kinds};
use crate::session::FunderAgent;
use crate::{format, reading};

/// How many envelopes a page shows.
const PAGE: usize = 20;

/// What follows the `?`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    apres: Option<Position>,
}

/// `templates/funder/envelopes.html`.
#[derive(Template)]
#[template(path = "funder/envelopes.html")]
struct EnvelopesPage {
    frame: Frame,
    envelopes: Vec<Used>,
    first: String,
    after: String,
}

/// An envelope, and what has become of its credits.
pub(super) struct Used {
    pub(super) row: EnvelopeRow,
    pub(super) total: Option<SourceTotal>,
}

impl Used {
    /// One of the figures of its credits; nothing before the first one.
    pub(super) fn sum(&self, of: impl Fn(&SourceTotal) -> Balance) -> Balance {
        self.total.as_ref().map(of).unwrap_or_default()
    }

    pub(super) fn spent(&self) -> Balance {
        self.sum(|it| it.spent)
    }

    pub(super) fn held(&self) -> Balance {
        self.sum(|it| it.held)
    }

    pub(super) fn available(&self) -> Balance {
        self.sum(|it| it.available)
    }

    /// What accounts or partners gave back for the funder: à restituer.
    pub(super) fn returned(&self) -> Balance {
        self.sum(|it| it.returned)
    }

    /// What no account was credited with.
    pub(super) fn unused(&self) -> Balance {
        self.row.budget.beyond(self.sum(SourceTotal::granted))
    }

    /// Its state: the tone of its badge, and what it says.
    pub(super) fn state(&self) -> (&'static str, &'static str) {
        match (self.row.closed, self.row.frozen.is_some()) {
            (true, _) => ("neutral", "Close"),
            (false, true) => ("warning", "Gelée"),
            (false, false) => ("success", "Ouverte"),
        }
    }

    /// How much of the budget is spent, in percent.
    pub(super) fn percent(&self) -> u8 {
        format::percent(self.spent(), self.row.budget)
    }
}

/// Shows the funder's envelopes.
pub(super) async fn show(
    State(app): State<App>,
    FunderAgent(session): FunderAgent,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let nobody = || Problem::new(&kinds::FORBIDDEN, "this session acts for no funder");
    let funder = session.funder().ok_or_else(nobody)?;
    let reader = reading::latest(&app).await?;
    let rows = reader.envelopes(Some(funder), asked.apres, PAGE).map_err(reading::failed)?;
    let Rows { rows, next } = rows;
    let totals = reader.source_totals().map_err(reading::failed)?;
    let used = |row: EnvelopeRow| {
        let total = totals.iter().find(|it| it.envelope == row.id).cloned();
        Used { row, total }
    };
    let envelopes = rows.into_iter().map(used).collect();
    let own = "/financeur/enveloppes";
    let first = if asked.apres.is_some() { own.to_owned() } else { String::new() };
    let after = next.map(|it| format!("{own}?apres={it}")).unwrap_or_default();
    Ok(Page(EnvelopesPage { frame, envelopes, first, after }).into_response())
}
