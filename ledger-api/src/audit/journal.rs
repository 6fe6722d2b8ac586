//! `GET /comptable/journal`: every entry of a period, and the event it comes from.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use ledger_core::event_log::Position;
use ledger_core::journal::Journal;
use projections::EntryNumber;
use projections::reports::journal::{JournalCursor, JournalOf, JournalPage as Rows, journal};
use serde::Deserialize;

use super::entries::{self, Entry};
use super::names::Names;
use super::{export, filters};
use crate::app::App;
use crate::extract::Query;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::session::Reader;
use crate::{format, reading};

/// How many entries a page shows.
const PAGE: usize = 40;

/// How many entries of an export are read at once.
pub(super) const PAGE_EXPORTED: usize = 1_000;

/// Journals, as addresses call them.
const JOURNALS: [(&str, Journal); 7] = [
    ("FI", Journal::Funds),
    ("AC", Journal::Purchases),
    ("RG", Journal::Settlements),
    ("TR", Journal::Titles),
    ("BQ", Journal::Bank),
    ("OD", Journal::Corrections),
    ("HB", Journal::OffBalance),
];

/// What follows the `?`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    journal: Option<String>,
    du: Option<String>,
    au: Option<String>,
    apres: Option<String>,
}

impl Asked {
    /// All entries, unless told otherwise.
    pub(super) fn wanted(&self) -> Result<JournalOf, Problem> {
        let journal = filters::one_of("journal", self.journal.as_deref(), &JOURNALS)?;
        let from = filters::day("du", self.du.as_deref())?;
        let to = filters::day("au", self.au.as_deref())?;
        if let (Some(from), Some(to)) = (from, to) {
            filters::in_order(from, to)?;
        }
        Ok(JournalOf { journal, from, to })
    }

    fn after(&self) -> Result<Option<JournalCursor>, Problem> {
        filters::parsed("apres", self.apres.as_deref(), "suivez le lien « Page suivante »")
    }
}

/// What stands in an address, without a cursor.
pub(super) fn query(of: &JournalOf) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(of.journal.map(|it| ("journal", it.code().to_owned())));
    query.extend_pairs(of.from.map(|it| ("du", it.to_string())));
    query.extend_pairs(of.to.map(|it| ("au", it.to_string())));
    query.finish()
}

/// One entry: its number, its day, the date of what came late, its event, its lines.
struct Numbered {
    number: EntryNumber,
    day: NaiveDate,
    own: Option<NaiveDate>,
    position: Position,
    entry: Entry,
}

/// `templates/audit/journal.html`.
#[derive(Template)]
#[template(path = "audit/journal.html")]
struct JournalPage {
    frame: Frame,
    of: JournalOf,
    entries: Vec<Numbered>,
    query: String,
    first: String,
    after: String,
    position: Position,
}

impl JournalPage {
    /// Journals to choose from: code, title, whether it is chosen.
    fn journals(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        Journal::ALL.iter().map(|it| (it.code(), it.title(), self.of.journal == Some(*it)))
    }

    fn from(&self) -> String {
        self.of.from.map(|it| it.to_string()).unwrap_or_default()
    }

    fn to(&self) -> String {
        self.of.to.map(|it| it.to_string()).unwrap_or_default()
    }
}

/// Shows entries.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let of = asked.wanted()?;
    let after = asked.after()?;
    let reader = reading::latest(&app).await?;
    let names = Names::read(&reader).map_err(reading::failed)?;
    let position = reader.position();
    let rows = journal(reader, app.ledger.log(), of, after, PAGE).await;
    let Rows { entries, next } = rows.map_err(reading::failed)?;
    let numbered = entries.into_iter().map(|it| Numbered {
        number: it.number,
        day: it.day(),
        own: it.own_date(),
        position: it.position,
        entry: entries::of_postings(&it.postings, &names),
    });
    let (entries, query) = (numbered.collect(), query(&of));
    let page = |rest: &str| format!("/comptable/journal?{query}{rest}");
    let first = after.map(|_| page("")).unwrap_or_default();
    let after = next.map(|it| page(&format!("&apres={it}"))).unwrap_or_default();
    let page = JournalPage { frame, of, entries, query, first, after, position };
    Ok(Page(page).into_response())
}

/// The same, all of its entries, for a spreadsheet.
pub(super) async fn csv(
    State(app): State<App>,
    _: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let of = asked.wanted()?;
    export::streamed(export::CSV, "journal.csv", move |after: Option<JournalCursor>| {
        let app = app.clone();
        async move {
            let reader = reading::latest(&app).await?;
            let page = journal(reader, app.ledger.log(), of, after, PAGE_EXPORTED).await;
            let page = page.map_err(reading::failed)?;
            let text = export::rows(&page.table(), after.is_none())?;
            Ok((text, page.next))
        }
    })
    .await
}
