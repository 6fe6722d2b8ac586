//! `GET /comptable/achats`: every purchase, newest first.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger_core::account::PurchaseStatus;
use ledger_core::event_log::Position;
use ledger_core::ids::{PartnerId, PurchaseId};
use ledger_core::meta::accounting_day;
use projections::reports::Page as Rows;
use projections::reports::purchases::{PurchaseFilter, PurchaseRow};
use projections::table::{Cell, Table};
use serde::Deserialize;

use super::names::Names;
use super::{export, filters};
use crate::app::App;
use crate::extract::Query;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::session::Reader;
use crate::{format, reading};

/// How many purchases a page shows.
const PAGE: usize = 50;

/// How many are read at once for a file.
const PAGE_EXPORTED: usize = 5_000;

/// States, as addresses and pages call them.
const STATES: [(&str, PurchaseStatus); 4] = [
    ("reserve", PurchaseStatus::Authorised),
    ("paye", PurchaseStatus::Captured),
    ("annule", PurchaseStatus::Cancelled),
    ("echu", PurchaseStatus::Expired),
];

/// The badge of a state: its tone, and what it says.
pub(super) const fn badge(status: PurchaseStatus) -> (&'static str, &'static str) {
    match status {
        PurchaseStatus::Authorised => ("info", "Réservé"),
        PurchaseStatus::Captured => ("success", "Payé"),
        PurchaseStatus::Cancelled => ("neutral", "Annulé"),
        PurchaseStatus::Expired => ("neutral", "Échu"),
    }
}

/// What follows the `?`.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    etat: Option<String>,
    partenaire: Option<String>,
    avant: Option<String>,
}

impl Asked {
    fn filter(&self) -> Result<PurchaseFilter, Problem> {
        let status = filters::one_of("etat", self.etat.as_deref(), &STATES)?;
        let expected = "choisissez un partenaire de la liste";
        let partner = filters::parsed("partenaire", self.partenaire.as_deref(), expected)?;
        Ok(PurchaseFilter { partner, status })
    }
}

/// `templates/audit/purchases.html`.
#[derive(Template)]
#[template(path = "audit/purchases.html")]
struct PurchasesPage {
    frame: Frame,
    filter: PurchaseFilter,
    purchases: Vec<PurchaseRow>,
    names: Names,
    position: Position,
    first: String,
    after: String,
}

impl PurchasesPage {
    /// States to choose from: name in addresses, as it reads, whether it is chosen.
    fn states(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        STATES.iter().map(|(name, it)| (*name, badge(*it).1, self.filter.status == Some(*it)))
    }

    /// Partners to choose from.
    fn partners(&self) -> impl Iterator<Item = (PartnerId, &str, bool)> {
        let partners = self.names.partners().into_iter();
        partners.map(|(id, name)| (id, name, self.filter.partner == Some(id)))
    }

    /// The filter, as it stands in an address.
    fn query(&self) -> String {
        query(&self.filter, None)
    }

    fn is_filtered(&self) -> bool {
        self.filter != PurchaseFilter::default()
    }
}

/// Shows purchases.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let filter = asked.filter()?;
    let expected = "suivez le lien « Page suivante »";
    let before = filters::parsed("avant", asked.avant.as_deref(), expected)?;
    let reader = reading::latest(&app).await?;
    let Rows { rows: purchases, next } =
        reader.purchases(&filter, before, PAGE).map_err(reading::failed)?;
    let names = Names::read(&reader).map_err(reading::failed)?;
    let position = reader.position();
    let first = before.map(|_| address(&filter, None)).unwrap_or_default();
    let after = next.map(|it| address(&filter, Some(it))).unwrap_or_default();
    let page = PurchasesPage { frame, filter, purchases, names, position, first, after };
    Ok(Page(page).into_response())
}

/// The same, all of them, for a spreadsheet.
pub(super) async fn csv(
    State(app): State<App>,
    _: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let filter = asked.filter()?;
    export::streamed(export::CSV, "achats.csv", move |before: Option<PurchaseId>| {
        let app = app.clone();
        async move {
            let reader = reading::latest(&app).await?;
            let page = reader.purchases(&filter, before, PAGE_EXPORTED).map_err(reading::failed)?;
            let names = Names::read(&reader).map_err(reading::failed)?;
            let text = export::rows(&table(&page.rows, &names), before.is_none())?;
            Ok((text, page.next))
        }
    })
    .await
}

fn table(purchases: &[PurchaseRow], names: &Names) -> Table {
    let row = |it: &PurchaseRow| {
        vec![
            Cell::Day(accounting_day(it.at)),
            Cell::text(it.id),
            Cell::text(&it.title),
            Cell::text(names.partner(it.partner)),
            Cell::text(badge(it.status).1),
            Cell::Sum(it.amount),
            Cell::Sum(it.held),
            Cell::Sum(it.captured),
            Cell::Sum(it.refunded),
            Cell::text(it.account),
            Cell::Number(it.position),
        ]
    };
    let headings = [
        "date",
        "achat",
        "ressource",
        "partenaire",
        "etat",
        "autorise",
        "encore_reserve",
        "service_fait",
        "rembourse",
        "compte",
        "position",
    ];
    Table { headings: headings.into(), rows: purchases.iter().map(row).collect(), totals: vec![] }
}

/// Where purchases of `filter` are shown, from before a purchase on.
fn address(filter: &PurchaseFilter, before: Option<PurchaseId>) -> String {
    format!("/comptable/achats{}", query(filter, before))
}

/// `filter` as it stands in an address, with its `?`; empty when there is none.
fn query(filter: &PurchaseFilter, before: Option<PurchaseId>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let status = STATES.iter().find(|(_, it)| filter.status == Some(*it));
    query.extend_pairs(status.map(|(name, _)| ("etat", *name)));
    query.extend_pairs(filter.partner.map(|it| ("partenaire", it.to_string())));
    query.extend_pairs(before.map(|it| ("avant", it.to_string())));
    match query.finish().as_str() {
        "" => String::new(),
        query => format!("?{query}"),
    }
}
