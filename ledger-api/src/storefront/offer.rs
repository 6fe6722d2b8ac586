//! `GET /catalogue/{offer}`: all that is said of an offer, and what it costs whoever is signed in.
//!
//! The parts of the page are one file each: what is said of it ([`facts`]), what it costs a year
//! ([`yearly`]), who of the school has it already ([`already`]), the specimen, and the same said to
//! machines ([`json_ld`]). Nothing on it is loaded from another site.

pub mod already;
pub mod facts;
mod json_ld;
pub mod specimen;
pub mod yearly;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use ledger_core::account::Account;
use ledger_core::ids::{AccountId, ListId, OfferId};
use ledger_core::list::List;
use ledger_core::meta::Role;
use ledger_core::money::Balance;
use ledger_core::offer::Billing;
use projections::reports::catalogue::OfferRow;
use projections::reports::licences::Holdings;
use projections::reports::lists::ListRow;
use projections::{ReadError, Reader};
use serde::Deserialize;
use uuid::Uuid;

use super::sale::{self, Cost, Sale};
use super::{failed, words};
use crate::app::App;
use crate::extract::{Path, Query};
use crate::format;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::reading;
use already::Already;
use facts::Group;
use ledger_core::checkout::Payer;
use specimen::Specimen;

/// How many similar offers are shown.
const SIMILAR: usize = 4;

/// `templates/storefront/offer.html`.
#[derive(Template)]
#[template(path = "storefront/offer.html")]
struct OfferPage {
    frame: Frame,
    sale: Sale,
    asked: Asked,
    /// What it costs a year; empty when that says nothing.
    yearly: String,
    facts: Vec<Group>,
    already: Already,
    specimen: Specimen,
    kept: Option<Kept>,
    similar: Vec<OfferRow>,
    /// Whether there is a picture of it.
    pictured: bool,
    json_ld: String,
    today: NaiveDate,
}

/// What the page can say of paying.
enum Asked {
    /// Nobody is signed in, or not a teacher.
    Nobody,
    /// There is nothing to pay.
    Nothing,
    /// An agreement has freed it.
    Freed,
    /// A ceiling has to be chosen first; what the teacher may spend.
    Ceiling(Balance),
    /// It cannot be bought by anybody now.
    Closed,
    /// What it would cost this teacher.
    Cost(Cost),
}

/// On which of the teacher's lists it is.
struct Kept {
    favourite: bool,
    /// The lists that do not hold it yet.
    others: Vec<ListRow>,
    /// Those that hold it, but for favourites.
    on: Vec<ListRow>,
    /// Drawn when the page was made: a form sent twice makes one list.
    reference: Uuid,
}

/// What has just been done, told above the page.
#[derive(Debug, Deserialize)]
pub struct Since {
    fait: Option<String>,
}

/// What the read models say for the page.
#[derive(Default)]
struct Known {
    holdings: Holdings,
    lists: Vec<(ListRow, bool)>,
    similar: Vec<OfferRow>,
}

/// Shows the offer.
pub async fn show(
    State(app): State<App>,
    frame: Frame,
    Path(offer): Path<OfferId>,
    Query(since): Query<Since>,
) -> Result<Response, Problem> {
    let (sale, today) = (sale::of(&app, offer).await?, app.clock.today());
    let teacher = frame.session.as_ref().filter(|it| it.role == Role::Teacher);
    let teacher = teacher.map(|it| AccountId(it.id));
    // Only what was just sent is waited for.
    let reader = match since.fait {
        Some(_) => reading::latest(&app).await?,
        None => app.models.now().map_err(reading::failed)?,
    };
    let known = known(&reader, teacher, &sale, today).map_err(reading::failed)?;
    drop(reader);
    let asked = match teacher {
        _ if !sale.open => Asked::Closed,
        _ if sale.is_free() => Asked::Nothing,
        _ if sale.freedom.is_free() => Asked::Freed,
        None => Asked::Nobody,
        Some(account) if sale.by_use() => Asked::Ceiling(available(&app, account).await?),
        Some(account) => Asked::Cost(sale::cost(&app, Payer::own(account), offer, None).await?),
    };
    let specimen = specimen::of(&app, &frame, teacher, &sale).await?;
    let kept = match teacher {
        None => None,
        Some(account) => Some(kept(&app, account, offer, known.lists).await?),
    };
    let frame = match since.fait.as_deref().and_then(notice) {
        Some(text) if teacher.is_some() => frame.with_notice("success", text),
        Some(_) | None => frame,
    };
    let page = OfferPage {
        yearly: yearly::told(&sale.listing),
        facts: facts::of(&sale, today),
        already: Already::of(&known.holdings, sale.by_use()),
        json_ld: json_ld::of(&sale),
        pictured: app.thumbnails.has(sale.listing.details.thumbnail_url.as_deref()),
        similar: known.similar,
        frame,
        sale,
        asked,
        specimen,
        kept,
        today,
    };
    Ok(Page(page).into_response())
}

impl OfferPage {
    /// What stands in the place of a picture.
    fn initial(&self) -> String {
        let first = self.sale.listing.title.chars().find(|it| it.is_alphanumeric());
        first.map(|it| it.to_uppercase().to_string()).unwrap_or_default()
    }

    /// « 12,00 € », « Gratuit », « 0,20 € par usage ».
    fn price_of(&self, offer: &OfferRow) -> String {
        let price = offer.listing.price_on(self.today).amount;
        match (offer.listing.billing, price.is_zero()) {
            (Billing::ByUse, _) => format!("{price} par usage"),
            (Billing::Once | Billing::Subscription, true) => "Gratuit".to_owned(),
            (Billing::Once | Billing::Subscription, false) => price.to_string(),
        }
    }
}

fn notice(done: &str) -> Option<&'static str> {
    Some(match done {
        "favori" => "La ressource est dans vos favoris.",
        "plus-favori" => "La ressource n’est plus dans vos favoris.",
        "liste" => "La ressource est sur votre liste.",
        "specimen" => "Le spécimen est à vous : ouvrez-le chez l’éditeur.",
        _ => return None,
    })
}

async fn available(app: &App, account: AccountId) -> Result<Balance, Problem> {
    let today = app.clock.today();
    let look = move |it: &Account| it.available_on(today);
    app.ledger.inspect(account, look).await.map_err(failed)
}

fn known(
    reader: &Reader,
    teacher: Option<AccountId>,
    sale: &Sale,
    today: NaiveDate,
) -> Result<Known, ReadError> {
    let similar = reader.similar_offers(sale.id, &sale.listing, SIMILAR)?;
    let Some(account) = teacher else { return Ok(Known { similar, ..Known::default() }) };
    let with = reader.lists_with(account, sale.id)?;
    let lists = reader.lists_of(account)?.into_iter().filter(|it| !it.favourites);
    let lists = lists.map(|it| (with.contains(&it.id), it)).map(|(on, it)| (it, on)).collect();
    Ok(Known { holdings: reader.holdings(account, sale.id, today)?, lists, similar })
}

async fn kept(
    app: &App,
    account: AccountId,
    offer: OfferId,
    lists: Vec<(ListRow, bool)>,
) -> Result<Kept, Problem> {
    let favourite = |it: &List| it.lines.iter().any(|it| it.offer == offer);
    let favourites = ListId::favourites(account);
    let favourite = app.ledger.inspect(favourites, favourite).await.map_err(failed)?;
    let (on, others): (Vec<_>, Vec<_>) = lists.into_iter().partition(|(_, on)| *on);
    let rows = |lists: Vec<(ListRow, bool)>| lists.into_iter().map(|(it, _)| it).collect();
    Ok(Kept { favourite, others: rows(others), on: rows(on), reference: app.clock.id() })
}
