//! `GET /achats`: all that the holder bought, the latest first, by state.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use ledger_core::account::{LicenceAcquired, PurchaseStatus};
use ledger_core::ids::{AccountId, PartnerId};
use ledger_core::money::Balance;
use serde::Deserialize;

use super::history::{self, Bought, Tried};
use super::renewal::{self, Due};
use super::{sale, words};
use crate::app::App;
use crate::extract::Query;
use crate::format;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::session::Teacher;

/// How many purchases stand on one page.
const PAGE: usize = 25;

/// What the list may be narrowed to: its word in the address, and its label.
const FILTERS: [(&str, &str); 5] = [
    ("", "Tous"),
    ("en-cours", "En cours"),
    ("payes", "Payés"),
    ("rembourses", "Remboursés"),
    ("abandonnes", "Annulés ou échus"),
];

/// `templates/storefront/purchases.html`.
#[derive(Template)]
#[template(path = "storefront/purchases.html")]
struct PurchasesPage {
    frame: Frame,
    rows: Vec<Row>,
    specimens: Vec<Tried>,
    due: Vec<Due>,
    ending: Vec<Tried>,
    /// What was taken for nothing.
    acquired: Vec<(DateTime<Utc>, LicenceAcquired)>,
    today: NaiveDate,
    filters: Vec<Filter>,
    count: usize,
    before: String,
    after: String,
}

/// One purchase.
struct Row {
    bought: Bought,
    partner: CompactString,
}

/// One way to narrow the list.
struct Filter {
    label: &'static str,
    path: String,
    count: usize,
    current: bool,
}

/// What may follow the `?`.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    etat: String,
    page: Option<usize>,
}

/// Shows one page of the list.
pub async fn show(
    State(app): State<App>,
    Teacher(session): Teacher,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let history = history::read(&app, AccountId(session.id)).await?;
    let (all, specimens) = (history.purchases(), history.specimens());
    let wanted = FILTERS.iter().find(|it| it.0 == asked.etat).map_or("", |it| it.0);
    let filters = FILTERS.iter().map(|&(word, label)| Filter {
        label,
        path: address(word, 1),
        count: all.iter().filter(|it| is(it, word)).count(),
        current: word == wanted,
    });
    let filters: Vec<Filter> = filters.collect();
    let matching: Vec<Bought> = all.into_iter().filter(|it| is(it, wanted)).collect();
    let count = matching.len();
    let page = asked.page.unwrap_or(1).clamp(1, count.div_ceil(PAGE).max(1));
    let mut names: BTreeMap<PartnerId, CompactString> = BTreeMap::new();
    let mut rows = vec![];
    for bought in matching.into_iter().skip((page - 1) * PAGE).take(PAGE) {
        let id = bought.terms().partner;
        let partner = match names.get(&id) {
            Some(name) => name.clone(),
            None => names.entry(id).or_insert(sale::partner_name(&app, id).await?).clone(),
        };
        rows.push(Row { bought, partner });
    }
    let before = if page > 1 { address(wanted, page - 1) } else { String::new() };
    let after = if page * PAGE < count { address(wanted, page + 1) } else { String::new() };
    let (today, acquired) = (app.clock.today(), history.acquired());
    let (due, ending) = (renewal::due(&app, &history).await?, renewal::ending(&history, today));
    let page = PurchasesPage {
        frame,
        rows,
        specimens,
        due,
        ending,
        acquired,
        today,
        filters,
        count,
        before,
        after,
    };
    Ok(Page(page).into_response())
}

/// Where one page of the list is.
fn address(filter: &str, page: usize) -> String {
    match (filter, page) {
        ("", 1) => "/achats".to_owned(),
        ("", page) => format!("/achats?page={page}"),
        (filter, 1) => format!("/achats?etat={filter}"),
        (filter, page) => format!("/achats?etat={filter}&page={page}"),
    }
}

/// Whether `bought` stands in the list that `filter` narrows to.
fn is(bought: &Bought, filter: &str) -> bool {
    let status = bought.purchase.status;
    let refunded = !bought.refunds.is_empty();
    match filter {
        "en-cours" => status == PurchaseStatus::Authorised,
        "payes" => status == PurchaseStatus::Captured,
        "rembourses" => refunded,
        "abandonnes" => matches!(status, PurchaseStatus::Cancelled | PurchaseStatus::Expired),
        _ => true,
    }
}

impl Row {
    /// Tone and label of its state.
    fn status(&self) -> (&'static str, &'static str) {
        words::status(self.bought.purchase.status)
    }

    /// How much of it was refunded; `None` when nothing was.
    fn refunded(&self) -> Option<Balance> {
        Some(self.bought.purchase.refunded()).filter(|it| !it.is_zero())
    }

    /// What it costs, or did before it was given up.
    fn amount(&self) -> Balance {
        let paid = self.bought.purchase.held().and(self.bought.purchase.captured());
        if paid.is_zero() { self.bought.authorised.amount.into() } else { paid }
    }
}
