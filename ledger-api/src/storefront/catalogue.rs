//! `GET /catalogue`: searching what can be bought; open to everybody, wholly in its address.
//!
//! ```text
//!  address ──asked──▶ request ──▶ Reader::search ──▶ facets · tags · cards (why) · help ──▶ page
//!                        ▲                │
//!                        └─── refined ────┘  once facets tell which values hold which
//! ```
//! A form of checkboxes that works without a script; one script completes what is typed
//! ([`suggestions`]).

mod asked;
mod cards;
mod facets;
mod help;
pub(super) mod suggestions;
mod tags;
mod why;

use askama::Template;
use axum::extract::State;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use ledger_core::ids::{AccountId, OfferId};
use ledger_core::meta::Role;
use ledger_core::money::Balance;
use projections::search::{Cursor, SearchPage, SearchRequest, Sort};

use self::asked::{Asked, Mine, NEWEST, SORTS};
use self::cards::Card;
use self::facets::Group;
use self::help::Way;
use self::tags::Tag;
use super::history;
use crate::app::App;
use crate::format;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::security;

/// How many offers stand on one page.
const PAGE: usize = 24;

/// How many are shown of what would be found with less asked.
const INSTEAD: usize = 6;

/// `templates/storefront/catalogue.html`.
#[derive(Template)]
#[template(path = "storefront/catalogue.html")]
struct CataloguePage {
    frame: Frame,
    asked: Asked,
    count: u32,
    next: Option<Cursor>,
    groups: Vec<Group>,
    tags: Vec<Tag>,
    cards: Vec<Card>,
    /// Words that were looked for instead of those typed.
    corrected: Option<String>,
    nothing: Option<Nothing>,
    /// What the teacher who is signed in may spend.
    available: Option<Balance>,
}

/// What to do when nothing was found.
struct Nothing {
    spelling: Option<Way>,
    ways: Vec<Way>,
    /// What is found by the first of `ways`.
    instead: Vec<Card>,
    subjects: Vec<Way>,
}

/// What a teacher may spend, and has already.
#[derive(Default)]
struct Holder {
    available: Balance,
    owned: Vec<OfferId>,
}

/// Shows what was found.
pub async fn show(State(app): State<App>, frame: Frame, asked: Asked) -> Result<Response, Problem> {
    let holder = holder(&app, &frame).await?;
    let mut page = found(&app, frame, asked, holder)?;
    cards::freed(&app, &mut page.cards).await?;
    if let Some(nothing) = &mut page.nothing {
        cards::freed(&app, &mut nothing.instead).await?;
    }
    Ok(([(CONTENT_SECURITY_POLICY, security::WITH_SCRIPT)], Page(page)).into_response())
}

/// What is known of the teacher who is signed in; `None` for everybody else.
async fn holder(app: &App, frame: &Frame) -> Result<Option<Holder>, Problem> {
    let Some(session) = frame.session.as_ref().filter(|it| it.role == Role::Teacher) else {
        return Ok(None);
    };
    let history = history::read(app, AccountId(session.id)).await?;
    let bought = history.purchases().into_iter().filter(history::Bought::is_kept);
    let acquired = history.acquired().into_iter().map(|it| it.1.terms.offer);
    let owned = bought.map(|it| it.terms().offer).chain(acquired).collect();
    Ok(Some(Holder { available: history.account.available_on(app.clock.today()), owned }))
}

fn found(
    app: &App,
    frame: Frame,
    mut asked: Asked,
    holder: Option<Holder>,
) -> Result<CataloguePage, Problem> {
    if holder.is_none() {
        asked.mine = Mine::Among;
    }
    let (available, owned) = match holder {
        Some(it) => (Some(it.available), it.owned),
        None => (None, vec![]),
    };
    let models = app.models.now().map_err(Problem::unavailable)?;
    let today = app.clock.today();
    let search = |it: &SearchRequest| models.search(it).map_err(Problem::unavailable);
    let mut page = search(&asked.request(&owned, PAGE, today))?;
    if let Some(refined) = asked.refined(&page.facets) {
        asked = refined;
        page = search(&asked.request(&owned, PAGE, today))?;
    }
    let whole =
        if page.help.is_some() { search(&SearchRequest::default())?.facets } else { vec![] };
    drop(models);
    let nothing = Nothing::of(&asked, &page, today, &owned)
        .map(|it| Nothing { subjects: help::subjects(&whole), ..it });
    Ok(CataloguePage {
        groups: facets::groups(&asked, &page, available.is_some()),
        tags: tags::tags(&asked, &page.facets),
        cards: cards::cards(&page.offers, today, &owned),
        count: page.count,
        next: page.next,
        corrected: page.corrected,
        frame,
        asked,
        nothing,
        available,
    })
}

impl Nothing {
    fn of(asked: &Asked, page: &SearchPage, today: NaiveDate, owned: &[OfferId]) -> Option<Self> {
        let help = page.help.as_ref()?;
        let instead = help.instead.get(..INSTEAD).unwrap_or(&help.instead);
        Some(Self {
            spelling: help::spelling(asked, help),
            ways: help::ways(asked, help, &page.facets),
            instead: cards::cards(instead, today, owned),
            subjects: vec![],
        })
    }
}

impl CataloguePage {
    /// « 12 ressources », « Aucune ressource ne correspond ».
    fn told(&self) -> String {
        match self.count {
            0 => "Aucune ressource ne correspond".to_owned(),
            count => format::count(count as usize, "ressource", "ressources"),
        }
    }

    /// What the browser's tab says: first what was looked for, then how much was found.
    fn title(&self) -> String {
        let Asked { text, after, .. } = &self.asked;
        let told = self.told();
        let suite = if after.is_some() { ", suite" } else { "" };
        match text.as_str() {
            "" => format!("Catalogue, {told}{suite}"),
            text => format!("«\u{a0}{text}\u{a0}», {told}{suite} – Catalogue"),
        }
    }

    /// Each order: how addresses write it, its label, and whether it is the one. Without a word
    /// the best are the newest.
    fn sorts(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        let Asked { text, sort: asked, .. } = &self.asked;
        let any = text.is_empty();
        let shown = SORTS.iter().filter(move |it| !any || it.0 != Sort::Newest);
        shown.map(move |(sort, word, label)| match sort {
            Sort::Relevance if any => (*word, NEWEST, sort == asked),
            Sort::Relevance | Sort::PriceUp | Sort::PriceDown | Sort::Newest | Sort::Title => {
                (*word, *label, sort == asked)
            }
        })
    }

    /// Where the words are searched without any filter.
    fn without_filters(&self) -> String {
        Asked { text: self.asked.text.clone(), sort: self.asked.sort, ..Asked::default() }.address()
    }

    /// Where the next page is; empty on the last one.
    fn after(&self) -> String {
        let Some(next) = self.next else { return String::new() };
        self.asked.with(|it| it.after = Some(next))
    }

    /// Where the first page is; empty on it.
    fn first(&self) -> String {
        if self.asked.after.is_none() { String::new() } else { self.asked.with(|_| ()) }
    }
}
