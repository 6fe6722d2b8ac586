//! `GET /api/v1/agreements` and `/api/v1/specimens`: how far a partner's agreements are, and how
//! often its specimens led to a purchase, for its machines.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger_core::agreement::{Ceiling, Credit, Standing};
use ledger_core::client::{ClientScope, Party};
use ledger_core::ids::{AgreementId, PartnerId};
use projections::reports::agreements::AgreementRow;
use projections::reports::licences::Conversion;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Caller;
use super::lists;
use crate::app::App;
use crate::extract::Json;
use crate::problem::{Problem, kinds};

/// An agreement on one of the caller's offers (licence libératoire).
#[derive(Debug, Serialize, ToSchema)]
pub struct AgreementShown {
    /// Its number.
    id: String,
    /// On which offer.
    offer: String,
    /// What the paper is called.
    reference: String,
    /// `to_come`, `counting`, `free` or `over`.
    status: &'static str,
    /// What has to be bought, in cents; left out when buyers are counted.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ceiling_amount_cents: Option<u64>,
    /// How many accounts have to buy; left out when spending is counted.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ceiling_buyers: Option<u32>,
    /// What was bought, refunds taken off.
    amount_cents: u64,
    /// By how many accounts.
    buyers: u32,
    /// How far it is, in hundredths of the ceiling; 100 and more once it is reached.
    percent: u64,
    /// The first day that counts.
    #[schema(value_type = String, format = Date)]
    first_day: String,
    /// The last one.
    #[schema(value_type = String, format = Date)]
    last_day: String,
    /// The last day on which the offer is free once the ceiling is reached.
    #[schema(value_type = String, format = Date)]
    free_until: String,
    /// The day it was reached; left out until then.
    #[schema(value_type = String, format = Date, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    reached_on: Option<String>,
    /// How many days before that day a buyer must have bought to be credited.
    credit_days: u16,
    /// What of the price such a buyer gets back, in hundredths of a per cent; left out when it is
    /// a sum.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_basis_points: Option<u16>,
    /// The sum that such a buyer gets back; left out when it is a part.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_amount_cents: Option<u64>,
    /// What buyers got back so far.
    credited_amount_cents: u64,
}

/// The caller's agreements.
#[derive(Debug, Serialize, ToSchema)]
pub struct Agreements {
    /// The last signed first.
    data: Vec<AgreementShown>,
}

/// How often the specimen of one offer led to a purchase.
#[derive(Debug, Serialize, ToSchema)]
pub struct Specimens {
    /// Which offer.
    offer: String,
    /// Its title.
    title: String,
    /// How many accounts tried it.
    taken: u32,
    /// How many of them bought it afterwards.
    converted: u32,
}

/// Specimens of the caller's offers.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpecimensOfOffers {
    /// Offers that were tried, the most tried first.
    data: Vec<Specimens>,
}

/// List your agreements.
///
/// How far each is: what was bought, what the ceiling is, and since when the offer is free.
#[utoipa::path(get, path = "/api/v1/agreements", tag = "Agreements", operation_id = "listAgreements",
    responses((status = 200, description = "Your agreements", body = Agreements)),
    security(("oauth2" = ["feeds:read"])))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let partner = partner(&caller)?;
    let models = lists::models(&app).await?;
    let all = models.agreements().map_err(Problem::unavailable)?;
    drop(models);
    let own = all.iter().filter(|it| it.partner == partner);
    let today = app.clock.today();
    let data = own.map(|it| AgreementShown::of(it, it.standing(today))).collect();
    Ok(Json(Agreements { data }).into_response())
}

/// Count your specimens.
///
/// For each offer that was tried: by how many accounts, and how many of them bought it afterwards.
#[utoipa::path(get, path = "/api/v1/specimens", tag = "Agreements", operation_id = "countSpecimens",
    responses((status = 200, description = "Specimens of your offers", body = SpecimensOfOffers)),
    security(("oauth2" = ["feeds:read"])))]
pub async fn specimens(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let partner = partner(&caller)?;
    let models = lists::models(&app).await?;
    let all = models.conversions(partner).map_err(Problem::unavailable)?;
    drop(models);
    let data = all.into_iter().map(Specimens::of).collect();
    Ok(Json(SpecimensOfOffers { data }).into_response())
}

/// The partner it acts for, if the token allows it.
fn partner(caller: &Caller) -> Result<PartnerId, Problem> {
    caller.require(ClientScope::FeedsRead)?;
    match caller.party {
        Party::Partner(partner) => Ok(partner),
        Party::Funder(_) => {
            Err(Problem::new(&kinds::FORBIDDEN, "this client does not act for a partner"))
        }
    }
}

impl AgreementShown {
    fn of(it: &AgreementRow, standing: Standing) -> Self {
        let terms = &it.terms;
        let (ceiling_amount_cents, ceiling_buyers) = match terms.ceiling {
            Ceiling::Spending(sum) => (Some(sum.cents()), None),
            Ceiling::Buyers(count) => (None, Some(count)),
        };
        let (credit_basis_points, credit_amount_cents) = match terms.credit {
            Credit::Share { basis_points } => (Some(basis_points), None),
            Credit::Fixed { amount } => (None, Some(amount.cents())),
        };
        Self {
            id: AgreementId::of(it.offer).to_string(),
            offer: it.offer.to_string(),
            reference: terms.reference.to_string(),
            status: match standing {
                Standing::ToCome => "to_come",
                Standing::Counting => "counting",
                Standing::Free(_) => "free",
                Standing::None | Standing::Over => "over",
            },
            ceiling_amount_cents,
            ceiling_buyers,
            amount_cents: it.counted.total.cents(),
            buyers: it.counted.buyers,
            percent: it.percent(),
            first_day: terms.first_day.to_string(),
            last_day: terms.last_day.to_string(),
            free_until: terms.free_until.to_string(),
            reached_on: it.reached.map(|it| it.to_string()),
            credit_days: terms.credit_days,
            credit_basis_points,
            credit_amount_cents,
            credited_amount_cents: it.credited.cents(),
        }
    }
}

impl Specimens {
    fn of(it: Conversion) -> Self {
        let Conversion { offer, title, taken, converted } = it;
        Self { offer: offer.to_string(), title, taken, converted }
    }
}
