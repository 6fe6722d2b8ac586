//! `GET /comptable/flux-partenaires`: the feeds of all partners, and how each stands.

use axum::extract::State;
use axum::response::Response;
use projections::reports::harvest::FeedRun;
use projections::table::{Cell, Table};

use super::words;
use crate::app::App;
use crate::audit::export;
use crate::format::short_moment;
use crate::page::Frame;
use crate::problem::Problem;
use crate::session::Reader;
use crate::sheet::{Block, Sheet, SheetTable};

/// Shows them.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
) -> Result<Response, Problem> {
    let lead = "D’où viennent les offres de chaque partenaire, et ce qu’a donné la dernière lecture. Un flux qui ne peut pas être lu, ou qui rétrécit d’un coup, ne change rien au catalogue.";
    let mut sheet = Sheet::new(frame, "Flux des partenaires", lead);
    sheet.files.push(("Télécharger (CSV)", "/comptable/flux-partenaires.csv".to_owned()));
    let (rows, links) = rows(&app)?;
    let table = Table { headings: headings(), rows, totals: vec![] };
    let mut shown = SheetTable::new("flux", "Flux déclarés, par partenaire", table);
    shown.links = links;
    shown.empty = "Aucun partenaire n’a déclaré de flux.";
    sheet.push(Block::Table(shown));
    Ok(sheet.answer())
}

/// The same, for a spreadsheet.
pub(super) async fn csv(State(app): State<App>, _: Reader) -> Result<Response, Problem> {
    let (rows, _) = rows(&app)?;
    export::table("flux-partenaires.csv", &Table { headings: headings(), rows, totals: vec![] })
}

fn headings() -> Vec<&'static str> {
    let mut headings = vec!["partenaire", "flux", "état", "dernière_nouvelle", "dernier_passage"];
    headings.extend(words::COUNTS);
    headings
}

type Links = Vec<Vec<(usize, String)>>;

fn rows(app: &App) -> Result<(Vec<Vec<Cell>>, Links), Problem> {
    let models = app.models.now().map_err(Problem::unavailable)?;
    let partners = models.partners().map_err(Problem::unavailable)?;
    let runs = models.last_feed_runs().map_err(Problem::unavailable)?;
    drop(models);
    let (mut rows, mut links) = (Vec::new(), Vec::new());
    for partner in &partners {
        for feed in &partner.feeds {
            let of = |it: &&FeedRun| it.partner == partner.id && it.format == feed.format;
            let last = runs.iter().find(of);
            let asked = app.feeds.of(partner.id).map(|it| it.at);
            let moment = |at| Cell::text(short_moment(at));
            let mut row = vec![
                Cell::text(&partner.name),
                Cell::text(words::format(feed.format)),
                Cell::text(last.map_or("Pas encore lu", |it| words::state(&it.outcome).1)),
                last.map_or(Cell::Empty, |it| moment(it.at)),
                asked.map_or(Cell::Empty, moment),
            ];
            let none = || std::array::from_fn(|_| Cell::Empty);
            row.extend(last.map_or_else(none, |it| words::counts(&it.outcome)));
            rows.push(row);
            let mut link = vec![(0, words::path(partner.id))];
            link.extend(last.map(|it| (2, format!("{}/{}", words::path(partner.id), it.position))));
            links.push(link);
        }
    }
    Ok((rows, links))
}
