//! `GET /comptable/exports`: files for other accounting programs.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger_core::event_log::Position;
use ledger_core::journal::Journal;
use projections::hledger::{write_entry, write_heading};
use projections::reports::journal::{JournalCursor, JournalOf, journal};

use super::export;
use super::journal::{Asked, PAGE_EXPORTED, query};
use crate::app::App;
use crate::extract::Query;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::session::Reader;
use crate::{format, reading};

/// `templates/audit/exports.html`.
#[derive(Template)]
#[template(path = "audit/exports.html")]
struct ExportsPage {
    frame: Frame,
    of: JournalOf,
    accounts: Vec<(u32, &'static str)>,
    position: Position,
}

impl ExportsPage {
    fn from(&self) -> String {
        self.of.from.map(|it| it.to_string()).unwrap_or_default()
    }

    fn to(&self) -> String {
        self.of.to.map(|it| it.to_string()).unwrap_or_default()
    }

    /// The period, as it stands in an address.
    fn query(&self) -> String {
        query(&self.of)
    }

    /// The period, as it reads.
    fn period(&self) -> String {
        match (self.of.from, self.of.to) {
            (None, None) => "depuis la première écriture".to_owned(),
            (Some(from), None) => format!("depuis le {}", format::long_date(from)),
            (None, Some(to)) => format!("jusqu’au {}", format::long_date(to)),
            (Some(from), Some(to)) => {
                format!("du {} au {}", format::long_date(from), format::long_date(to))
            }
        }
    }
}

/// Shows what can be saved, for the period that is asked.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let of = JournalOf { journal: None::<Journal>, ..asked.wanted()? };
    let reader = reading::latest(&app).await?;
    let sides = reader.ledger_accounts().map_err(reading::failed)?;
    let mut accounts: Vec<_> =
        sides.iter().map(|it| (it.account.number(), it.account.title())).collect();
    accounts.dedup();
    let position = reader.position();
    Ok(Page(ExportsPage { frame, of, accounts, position }).into_response())
}

/// `GET /comptable/exports/journal.hledger`: the journal, as hledger reads, checks and recomputes it.
pub(super) async fn hledger(
    State(app): State<App>,
    _: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let of = asked.wanted()?;
    let page = move |after: Option<JournalCursor>| {
        let app = app.clone();
        async move {
            let reader = reading::latest(&app).await?;
            let mut text = Vec::new();
            if after.is_none() {
                let accounts = reader.ledger_accounts().map_err(reading::failed)?;
                write_heading(&mut text, &accounts).map_err(Problem::internal)?;
            }
            let page = journal(reader, app.ledger.log(), of, after, PAGE_EXPORTED).await;
            let page = page.map_err(reading::failed)?;
            for entry in &page.entries {
                write_entry(&mut text, entry).map_err(Problem::internal)?;
            }
            Ok((text, page.next))
        }
    };
    export::streamed("text/plain; charset=utf-8", "journal.hledger", page).await
}
