//! `GET /comptable/flux-partenaires/{partner}`: one partner's feeds, and all their news.

use axum::extract::{Query, State};
use axum::response::Response;
use ledger_core::event_log::Position;
use ledger_core::ids::{HarvestId, PartnerId};
use ledger_core::meta::Role;
use ledger_core::partner::FeedFormat;
use ledger_core::stream::StreamId;
use projections::reports::harvest::{FeedOutcome, FeedRun};
use projections::reports::licences::Conversion;
use projections::reports::partners::PartnerRow;
use projections::table::{Cell, Table};
use serde::Deserialize;

use super::words;
use crate::app::App;
use crate::audit::export;
use crate::extract::Path;
use crate::format::{long_moment, short_moment};
use crate::page::Frame;
use crate::problem::Problem;
use crate::session::{Reader, Session};
use crate::sheet::{Block, Fact, Field, Kind, Sheet, SheetForm, SheetTable};

/// How many news stand on one page.
const PAGE: usize = 50;
/// How many are in a file: years of them.
const ALL: usize = 100_000;

/// Where the page begins.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    avant: String,
}

/// Shows them.
pub(super) async fn show(
    State(app): State<App>,
    Reader(session): Reader,
    frame: Frame,
    Path(id): Path<PartnerId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let before = asked.avant.parse().ok();
    Ok(sheet(&app, frame, &session, id, before)?.answer())
}

/// All news, for a spreadsheet.
pub(super) async fn csv(
    State(app): State<App>,
    _: Reader,
    Path(id): Path<PartnerId>,
) -> Result<Response, Problem> {
    let models = app.models.now().map_err(Problem::unavailable)?;
    let runs = models.feed_runs(id, None, ALL).map_err(Problem::unavailable)?;
    export::table(&format!("flux-{id}.csv"), &table(&runs))
}

/// The page of `id`'s feeds; not found when there is no such partner.
pub(super) fn sheet(
    app: &App,
    frame: Frame,
    session: &Session,
    id: PartnerId,
    before: Option<Position>,
) -> Result<Sheet, Problem> {
    let models = app.models.now().map_err(Problem::unavailable)?;
    let Some(partner) = models.partner(id).map_err(Problem::unavailable)? else {
        return Err(Problem::not_found("no such partner").told("Ce partenaire n’est pas inscrit."));
    };
    let runs = models.feed_runs(id, before, PAGE).map_err(Problem::unavailable)?;
    let last = models.last_feed_runs().map_err(Problem::unavailable)?;
    let tried = models.conversions(id).map_err(Problem::unavailable)?;
    let position = models.position();
    drop(models);
    let lead = "D’où viennent ses offres, ce que chaque lecture a donné, et ce qui a été refusé.";
    let mut sheet = Sheet::new(frame, format!("Flux : {}", partner.name), lead);
    sheet.above.push(("/comptable/flux-partenaires", "Flux des partenaires"));
    sheet.files.push(("Télécharger l’historique (CSV)", format!("{}/csv", words::path(id))));
    let last: Vec<&FeedRun> = last.iter().filter(|it| it.partner == id).collect();
    sheet.push(Block::Facts(facts(app, &partner, &last)));
    let held = last.iter().find(|it| matches!(it.outcome, FeedOutcome::Held(_)));
    if let Some(held) = held {
        sheet.notice("warning", words::sentence(&held.outcome));
        if session.role == Role::AuthorisingOfficer {
            sheet.push(lifting(id, held.format));
        }
    }
    sheet.heading("historique", "Historique");
    sheet.push(Block::Table(history(id, &runs)));
    sheet.push(Block::Table(conversions(&tried)));
    sheet.heading("gestion", "Gestion");
    sheet.push(form(
        id,
        "lecture",
        "Lire maintenant",
        "Sans attendre le prochain passage.",
        vec![],
        "Lire maintenant",
    ));
    sheet.push(declaring(id));
    if !partner.feeds.is_empty() {
        sheet.push(removing(id, &partner));
    }
    sheet.position = Some(position);
    Ok(sheet)
}

fn facts(app: &App, partner: &PartnerRow, last: &[&FeedRun]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for feed in &partner.feeds {
        let label = format!("{} : {}", words::role(feed.format.role()), words::format(feed.format));
        facts.push(Fact::new(label.clone(), &feed.url));
        let last = last.iter().find(|it| it.format == feed.format);
        facts.push(match last.map(|it| words::state(&it.outcome)) {
            Some((tone, word)) => Fact::new("État", word).badge(tone),
            None => Fact::new("État", "Pas encore lu").badge("neutral"),
        });
    }
    if partner.feeds.is_empty() {
        facts.push(Fact::new("Flux", "Aucun n’est déclaré"));
    }
    if let Some(pass) = app.feeds.of(partner.id) {
        let took = pass.took.num_milliseconds();
        let told = format!("{}, en {took} ms", long_moment(pass.at));
        facts.push(Fact::new("Dernier passage", told));
    }
    facts.push(
        Fact::new("Partenaire", &partner.name)
            .leading(format!("/comptable/partenaires/{}", partner.id)),
    );
    let stream = StreamId::from(HarvestId::of(partner.id));
    facts.push(Fact::new("Événements", stream).leading(format!("/comptable/flux/{stream}")));
    facts
}

/// Specimens of its offers, and how many led to a purchase.
fn conversions(all: &[Conversion]) -> SheetTable {
    let row = |it: &Conversion| {
        vec![
            Cell::text(&it.title),
            Cell::Number(it.taken.into()),
            Cell::Number(it.converted.into()),
            Cell::Number(u64::from(it.converted) * 100 / u64::from(it.taken.max(1))),
        ]
    };
    let headings = vec!["offre", "essais", "achats_après_l’essai", "pour_cent"];
    let table = Table { headings, rows: all.iter().map(row).collect(), totals: vec![] };
    let mut shown = SheetTable::new("specimens", "Spécimens, et achats qui ont suivi", table);
    shown.links = all.iter().map(|it| vec![(0, format!("/catalogue/{}", it.offer))]).collect();
    shown.empty = "Aucun spécimen de ses offres n’a été essayé.";
    shown
}

fn table(runs: &[FeedRun]) -> Table {
    let mut headings = vec!["date", "flux", "état", "détail"];
    headings.extend(words::COUNTS);
    let row = |it: &FeedRun| {
        let mut row = vec![
            Cell::text(short_moment(it.at)),
            Cell::text(words::format(it.format)),
            Cell::text(words::state(&it.outcome).1),
            Cell::text(words::sentence(&it.outcome)),
        ];
        row.extend(words::counts(&it.outcome));
        row
    };
    Table { headings, rows: runs.iter().map(row).collect(), totals: vec![] }
}

fn history(id: PartnerId, runs: &[FeedRun]) -> SheetTable {
    let caption = "Ce qu’ont donné les lectures, la dernière d’abord ; une lecture sans nouveauté n’y figure pas";
    let mut shown = SheetTable::new("lectures", caption, table(runs));
    let link = |it: &FeedRun| vec![(0, format!("{}/{}", words::path(id), it.position))];
    shown.links = runs.iter().map(link).collect();
    shown.empty = "Aucun flux n’a encore été lu.";
    if let (PAGE, Some(last)) = (runs.len(), runs.last()) {
        shown.next = format!("{}?avant={}", words::path(id), last.position);
    }
    shown
}

fn form(
    id: PartnerId,
    act: &'static str,
    heading: &'static str,
    hint: &str,
    fields: Vec<Field>,
    button: &'static str,
) -> Block {
    Block::Form(SheetForm {
        id: act,
        action: format!("{}/{act}", words::path(id)),
        heading,
        hint: hint.to_owned(),
        fields,
        button,
        file: false,
    })
}

fn lifting(id: PartnerId, held: FeedFormat) -> Block {
    form(
        id,
        "levee",
        "Laisser passer ce flux",
        "Il est appliqué une fois tel quel : les offres qu’il ne nomme plus sont retirées de la vente. Ce qui est déjà acheté le reste.",
        vec![
            Field::new("format", "", Kind::Hidden).value(held.name()),
            Field::new("motif", "Motif", Kind::Area),
        ],
        "Laisser passer",
    )
}

fn choices(of: impl Iterator<Item = FeedFormat>) -> Kind {
    Kind::Choice(of.map(|it| (it.name().to_owned(), words::format(it).to_owned())).collect())
}

fn declaring(id: PartnerId) -> Block {
    form(
        id,
        "declaration",
        "Déclarer un flux",
        "Un partenaire a au plus un flux d’offres (JSON, ONIX ou CSV), un entrepôt de notices et une liste du GAR : un nouveau remplace l’ancien.",
        vec![
            Field::new("format", "Format", choices(FeedFormat::ALL.into_iter())).value("json"),
            Field::new("adresse", "Adresse", Kind::Text)
                .hint("https:// et un nom de domaine ; pour un fichier ONIX ou CSV qui ne donne que les changements, ajoutez #delta."),
            Field::new("domaines", "Autres domaines, pour les images", Kind::Text)
                .hint("Facultatif : des noms comme images.preau.example, séparés par des espaces. Celui de l’adresse est déjà compris."),
        ],
        "Déclarer le flux",
    )
}

fn removing(id: PartnerId, partner: &PartnerRow) -> Block {
    let formats = partner.feeds.iter().map(|it| it.format);
    let first = partner.feeds.first().map_or("", |it| it.format.name());
    form(
        id,
        "retrait",
        "Ne plus lire un flux",
        "Les offres restent en vente telles qu’elles sont.",
        vec![Field::new("format", "Flux", choices(formats)).value(first)],
        "Ne plus le lire",
    )
}
