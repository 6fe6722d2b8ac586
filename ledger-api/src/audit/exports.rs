//! `GET /comptable/exports`: files for other accounting programs.

use std::io;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::Datelike;
use ledger_core::event_log::Position;
use ledger_core::journal::{Journal, Side};
use projections::reports::journal::{JournalCursor, JournalEntry, JournalOf, journal};
use projections::{beancount, hledger};

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
    /// The accounting year that is proposed.
    year: i32,
    /// Who keeps the books; empty when the settings do not say.
    siren: String,
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
    let year = app.clock.today().year();
    let siren = app.config.siren.map(|it| it.to_string()).unwrap_or_default();
    Ok(Page(ExportsPage { frame, of, accounts, year, siren, position }).into_response())
}

/// A way to write the journal that another program reads.
#[derive(Clone, Copy)]
struct Format {
    /// What the file is called.
    name: &'static str,
    heading: fn(&mut Vec<u8>, &[Side]) -> io::Result<()>,
    entry: fn(&mut Vec<u8>, &JournalEntry) -> io::Result<()>,
}

/// `GET /comptable/exports/journal.beancount`: the journal, as beancount reads and recomputes it.
pub(super) async fn beancount(
    State(app): State<App>,
    _: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let format = Format {
        name: "journal.beancount",
        heading: beancount::write_heading,
        entry: beancount::write_entry,
    };
    written(app, asked.wanted()?, format).await
}

/// `GET /comptable/exports/journal.hledger`: the journal, as hledger and ledger read and recompute it.
pub(super) async fn hledger(
    State(app): State<App>,
    _: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let format = Format {
        name: "journal.hledger",
        heading: hledger::write_heading,
        entry: hledger::write_entry,
    };
    written(app, asked.wanted()?, format).await
}

/// The journal of `of`, a page at a time.
async fn written(app: App, of: JournalOf, format: Format) -> Result<Response, Problem> {
    let page = move |after: Option<JournalCursor>| {
        let app = app.clone();
        async move {
            let reader = reading::latest(&app).await?;
            let mut text = Vec::new();
            if after.is_none() {
                let accounts = reader.ledger_accounts().map_err(reading::failed)?;
                (format.heading)(&mut text, &accounts).map_err(Problem::internal)?;
            }
            let page = journal(reader, app.ledger.log(), of, after, PAGE_EXPORTED).await;
            let page = page.map_err(reading::failed)?;
            for entry in &page.entries {
                (format.entry)(&mut text, entry).map_err(Problem::internal)?;
            }
            Ok((text, page.next))
        }
    };
    export::streamed("text/plain; charset=utf-8", format.name, page).await
}
