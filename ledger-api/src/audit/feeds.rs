//! `GET /comptable/flux-partenaires`: what the last pass over each partner's feed came to, and
//! each record that was refused, with the rule, the value and the place.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use catalogue_sync::feed::Rule;
use catalogue_sync::sync::Report;
use catalogue_sync::sync::report::Outcome;
use chrono::{DateTime, Utc};
use ledger_core::ids::PartnerId;
use projections::table::{Cell, Table};

use super::export;
use crate::app::App;
use crate::extract::Path;
use crate::format;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::session::Reader;
use crate::workers::feeds::LastPass;

/// `templates/audit/feeds.html`.
#[derive(Template)]
#[template(path = "audit/feeds.html")]
struct FeedsPage {
    frame: Frame,
    passes: Vec<(PartnerId, LastPass)>,
}

/// `templates/audit/feed.html`.
#[derive(Template)]
#[template(path = "audit/feed.html")]
struct FeedPage {
    frame: Frame,
    partner: PartnerId,
    name: String,
    at: DateTime<Utc>,
    outcome: Result<Report, String>,
}

impl FeedPage {
    /// Each reason of each refusal, on a line of its own.
    fn refusals(&self) -> Vec<Refusal<'_>> {
        self.outcome.as_ref().map(refusals).unwrap_or_default()
    }

    /// How much the feed told, in French.
    fn told(&self) -> &'static str {
        match self.outcome.as_ref().map(|it| it.outcome) {
            Ok(Outcome::NotModified) => "Rien de neuf depuis le passage précédent.",
            Ok(Outcome::Full) => "Le flux donne tout ce qui est en vente.",
            Ok(Outcome::Changes) => "Le flux donne ce qui a changé.",
            Err(_) => "Rien n’a pu être lu : le catalogue reste tel quel.",
        }
    }
}

/// One reason why one record was refused.
struct Refusal<'a> {
    reference: &'a str,
    title: &'a str,
    place: &'a str,
    rule: Rule,
    value: &'a str,
    message: &'a str,
}

impl Refusal<'_> {
    fn in_french(&self) -> &'static str {
        self.rule.french()
    }
}

fn refusals(report: &Report) -> Vec<Refusal<'_>> {
    let reasons = report.refused.iter().flat_map(|it| it.reasons.iter().map(move |why| (it, why)));
    let refusal = reasons.map(|(it, why)| Refusal {
        reference: it.reference.as_deref().unwrap_or_default(),
        title: it.title.as_deref().unwrap_or_default(),
        place: &it.place,
        rule: why.rule,
        value: &why.value,
        message: &why.message,
    });
    refusal.collect()
}

/// Shows the last pass over each feed.
pub(super) async fn show(State(app): State<App>, _: Reader, frame: Frame) -> Response {
    let passes = app.feeds.all();
    Page(FeedsPage { frame, passes }).into_response()
}

/// Shows the last pass over one feed, and all that it refused.
pub(super) async fn one(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let (partner, LastPass { name, at, outcome }) = pass(&app, &name)?;
    Ok(Page(FeedPage { frame, partner, name, at, outcome }).into_response())
}

/// What it refused, for a spreadsheet.
pub(super) async fn csv(
    State(app): State<App>,
    _: Reader,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let (partner, pass) = pass(&app, &name)?;
    let refused = pass.outcome.as_ref().map(refusals).unwrap_or_default();
    let row = |it: &Refusal<'_>| {
        let texts = [it.reference, it.title, it.place, it.rule.slug(), it.in_french(), it.value];
        texts.into_iter().chain([it.message]).map(Cell::text).collect()
    };
    let table = Table {
        headings: vec!["reference", "titre", "endroit", "regle", "motif", "valeur", "detail"],
        rows: refused.iter().map(row).collect(),
        totals: vec![],
    };
    export::table(&format!("refus-{partner}.csv"), &table)
}

fn pass(app: &App, name: &str) -> Result<(PartnerId, LastPass), Problem> {
    let found = app.feeds.all().into_iter().find(|(id, _)| id.to_string() == name);
    found.ok_or_else(|| {
        Problem::not_found(format_args!("no feed of `{name}` was read"))
            .told("Aucun flux de ce partenaire n’a été lu depuis le démarrage du service.")
    })
}
