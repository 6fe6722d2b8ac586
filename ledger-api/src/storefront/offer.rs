//! `GET /catalogue/{offer}`: all that is said of an offer, and what it costs whoever is signed in.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger_core::ids::{AccountId, OfferId};
use ledger_core::meta::Role;
use ledger_core::money::Balance;

use super::sale::{self, Cost, Sale};
use super::{failed, words};
use crate::app::App;
use crate::extract::Path;
use crate::format;
use crate::page::{Frame, Page};
use crate::problem::Problem;

/// `templates/storefront/offer.html`.
#[derive(Template)]
#[template(path = "storefront/offer.html")]
struct OfferPage {
    frame: Frame,
    sale: Sale,
    asked: Asked,
}

/// What the page can say of paying.
enum Asked {
    /// Nobody is signed in, or not a teacher.
    Nobody,
    /// There is nothing to pay.
    Nothing,
    /// A ceiling has to be chosen first; what the teacher may spend.
    Ceiling(Balance),
    /// It cannot be bought by anybody now.
    Closed,
    /// What it would cost this teacher.
    Cost(Cost),
}

/// Shows the offer.
pub async fn show(
    State(app): State<App>,
    frame: Frame,
    Path(offer): Path<OfferId>,
) -> Result<Response, Problem> {
    let sale = sale::of(&app, offer).await?;
    let teacher = frame.session.as_ref().filter(|it| it.role == Role::Teacher);
    let teacher = teacher.map(|it| AccountId(it.id));
    let asked = match teacher {
        _ if !sale.open => Asked::Closed,
        _ if sale.is_free() => Asked::Nothing,
        None => Asked::Nobody,
        Some(account) if sale.by_use() => Asked::Ceiling(available(&app, account).await?),
        Some(account) => Asked::Cost(sale::cost(&app, account, offer, None).await?),
    };
    Ok(Page(OfferPage { frame, sale, asked }).into_response())
}

async fn available(app: &App, account: AccountId) -> Result<Balance, Problem> {
    let today = app.clock.today();
    let look = move |it: &ledger_core::account::Account| it.available_on(today);
    app.ledger.inspect(account, look).await.map_err(failed)
}
