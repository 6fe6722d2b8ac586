//! What an agreement makes of an offer: soon free, or free; taking it, and what was taken.

use askama::Template;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use ledger_core::account::{AccountEvent, LicenceAcquired};
use ledger_core::agreement::{Agreement, Standing};
use ledger_core::ids::{AgreementId, OfferId};
use ledger_core::offer::Offer;
use uuid::Uuid;

use super::history::History;
use super::sale::{self, Sale};
use super::{failed, words};
use crate::app::App;
use crate::format;
use crate::page::{Frame, Page};
use crate::problem::Problem;

/// What an agreement makes of an offer today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freedom {
    /// There is none, or it is over: the offer has its price.
    None,
    /// What is bought counts; how far it is, in hundredths.
    Near(u64),
    /// It costs nothing since that day.
    Since(NaiveDate),
}

/// What an agreement makes of `offer` today.
pub async fn of(app: &App, offer: OfferId) -> Result<Freedom, Problem> {
    let today = app.clock.today();
    let look = |it: &Agreement| match it.standing(today) {
        Standing::Free(since) => Freedom::Since(since),
        Standing::Counting => Freedom::Near(it.percent()),
        Standing::None | Standing::ToCome | Standing::Over => Freedom::None,
    };
    app.ledger.inspect::<Agreement, _>(AgreementId::of(offer), look).await.map_err(failed)
}

impl Freedom {
    /// Whether it costs nothing.
    pub const fn is_free(self) -> bool {
        matches!(self, Self::Since(_))
    }

    /// « Bientôt gratuite : 82 % du plafond atteint »; empty when there is nothing to say.
    pub fn told(self) -> String {
        match self {
            Self::None => String::new(),
            Self::Near(percent) => {
                format!("Bientôt gratuite : {percent}\u{a0}% du plafond atteint")
            }
            Self::Since(day) => {
                format!("Gratuite depuis le {} (licence libératoire)", format::long_date(day))
            }
        }
    }
}

/// `templates/storefront/free.html`.
#[derive(Template)]
#[template(path = "storefront/free.html")]
struct FreePage {
    frame: Frame,
    sale: Sale,
    /// Drawn when the page was made: a form sent twice takes it once.
    reference: Uuid,
}

/// The page where a free offer is taken, in the place of that where it would be paid.
pub fn page(app: &App, frame: Frame, sale: Sale) -> Response {
    let reference = app.clock.id();
    Page(FreePage { frame, sale, reference }).into_response()
}

/// `templates/storefront/acquired.html`.
#[derive(Template)]
#[template(path = "storefront/acquired.html")]
struct AcquiredPage {
    frame: Frame,
    licence: LicenceAcquired,
    at: DateTime<Utc>,
    partner: CompactString,
    url: Option<String>,
}

/// What was taken for nothing by that reference, as a page.
pub async fn acquired(
    app: &App,
    frame: Frame,
    (at, licence): (DateTime<Utc>, LicenceAcquired),
) -> Result<Response, Problem> {
    let partner = sale::partner_name(app, licence.terms.partner).await?;
    let look = |it: &Offer| it.current.as_ref().and_then(|it| it.listing.url.clone());
    let url = app.ledger.inspect::<Offer, _>(licence.terms.offer, look).await.map_err(failed)?;
    Ok(Page(AcquiredPage { frame, licence, at, partner, url }).into_response())
}

impl History {
    /// What was taken for nothing, the latest first.
    pub fn acquired(&self) -> Vec<(DateTime<Utc>, LicenceAcquired)> {
        let taken = self.told.iter().rev().filter_map(|it| {
            let AccountEvent::LicenceAcquired(licence) = &it.event else { return None };
            Some((it.at, licence.clone()))
        });
        taken.collect()
    }
}
