//! `/catalogue/{offer}/payer`: who will pay what, then paying.
//!
//! The form carries a reference drawn when the page was made, so that a double click or a reload
//! pays once, and the fingerprint of the listing that was shown, so that nothing else is sold.

use std::str::FromStr;

use askama::Template;
use axum::extract::{Extension, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ledger_core::account::Account;
use ledger_core::checkout::{self, CheckoutRefusal, Order, Payer};
use ledger_core::digest::Digest;
use ledger_core::ids::{AccountId, OfferId, PurchaseId};
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::accounting_day;
use ledger_core::money::{Amount, Balance};
use serde::Deserialize;
use uuid::Uuid;

use super::offer::already::Already;
use super::payers::{self, Choice};
use super::refusals::{self, Told};
use super::sale::{self, Cost, Sale, Split};
use super::{failed, free, words};
use crate::app::App;
use crate::extract::{Form, Path, Query};
use crate::format;
use crate::metrics::Refused;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::{Session, Teacher};

/// For how long money is held for what is billed by use, from the purchase on.
const HELD_FOR: TimeDelta = TimeDelta::days(60);

/// `templates/storefront/payment.html`.
#[derive(Template)]
#[template(path = "storefront/payment.html")]
struct PaymentPage {
    frame: Frame,
    sale: Sale,
    refusal: Option<Told>,
    /// Whether a payment was just refused.
    tried: bool,
    /// What the school has already.
    already: Already,
    /// Whether the teacher took its specimen.
    specimen: bool,
    /// The first day of the term that it would continue; `None` when it continues none.
    renews: Option<NaiveDate>,
    ceiling: Ceiling,
    /// The accounts that the teacher may pay with; empty when there is only their own.
    choices: Vec<Choice>,
    /// Who pays.
    payer: Payer,
    /// Who would pay what; `None` when it is refused, or not known before a ceiling is chosen.
    split: Option<Split>,
    reference: Uuid,
    hold_until: DateTime<Utc>,
}

/// The ceiling as it was typed, for what is billed by use.
#[derive(Debug, Default)]
struct Ceiling {
    typed: String,
    /// What is wrong with it.
    error: Option<&'static str>,
}

/// What may follow the `?`.
#[derive(Debug, Deserialize)]
pub struct Asked {
    plafond: Option<String>,
    compte: Option<String>,
}

/// The fields of the payment form.
#[derive(Debug, Deserialize)]
pub struct Payment {
    /// Drawn when the page was made.
    reference: Uuid,
    /// Fingerprint of the listing that was shown.
    vu: Digest,
    /// The ceiling in euros; empty unless it is billed by use.
    #[serde(default)]
    plafond: String,
    /// The account that pays; empty for one's own.
    #[serde(default)]
    compte: String,
}

/// Shows who will pay what, before anything is paid.
pub async fn show(
    State(app): State<App>,
    Teacher(session): Teacher,
    frame: Frame,
    Path(offer): Path<OfferId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let sale = sale::of(&app, offer).await?;
    if sale.open && sale.freedom.is_free() {
        return Ok(free::page(&app, frame, sale));
    }
    let payer = payers::chosen(AccountId(session.id), asked.compte.as_deref())?;
    let page = PaymentPage::new(&app, session, payer, offer, asked.plafond, None).await?;
    let status = if page.ceiling.error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, Page(page)).into_response())
}

/// Pays, and leads to the receipt; sent again, it pays nothing more and leads to the same one.
pub async fn pay(
    State(app): State<App>,
    Teacher(session): Teacher,
    request: RequestId,
    Path(offer): Path<OfferId>,
    Form(form): Form<Payment>,
) -> Result<Response, Problem> {
    let teacher = AccountId(session.id);
    let payer = payers::chosen(teacher, Some(&form.compte))?;
    let Ok(ceiling) = read_ceiling(&form.plafond) else {
        let page = PaymentPage::new(&app, session, payer, offer, Some(form.plafond), None);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(Box::pin(page).await?)).into_response());
    };
    let meta = app.meta(session.actor(), request);
    let order = Order {
        payer,
        offer,
        seen: form.vu,
        purchase: purchase_of(teacher, form.reference),
        ceiling,
        hold_until: meta.at + HELD_FOR,
        on: accounting_day(meta.at),
    };
    match checkout::buy(&app.ledger, &order, meta).await {
        Ok(_) => to_receipt(order.purchase),
        Err(ExecuteError::Refused(refusal)) => {
            // In a box: each payment would carry room for the page that it seldom needs.
            Box::pin(refused(&app, session, payer, offer, form.plafond, &refusal)).await
        }
        Err(error) => Err(failed(error)),
    }
}

/// The refusal as a page; with a fresh form when the teacher only has to confirm again.
async fn refused(
    app: &App,
    session: Session,
    payer: Payer,
    offer: OfferId,
    ceiling: String,
    refusal: &CheckoutRefusal,
) -> Result<Response, Problem> {
    let told = Some(refusals::of_checkout(refusal));
    let mut page = PaymentPage::new(app, session, payer, offer, Some(ceiling), told).await?;
    if !matches!(refusal, CheckoutRefusal::OfferChanged { .. }) {
        page.split = None;
    }
    let counted = Refused(Problem::from(refusal.clone()).kind.slug);
    Ok((StatusCode::CONFLICT, Extension(counted), Page(page)).into_response())
}

/// 303, with nothing but where to go.
fn to_receipt(purchase: PurchaseId) -> Result<Response, Problem> {
    let location = format!("/achats/{purchase}?fait=paye");
    let location = HeaderValue::try_from(location).map_err(Problem::internal)?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response())
}

/// The purchase that `account` makes with the form of that reference: the reference's time, then
/// what follows from both (a `UUIDv7` whose random part is a `UUIDv5`'s).
///
/// A form can be forged: without the account in it, one could give one's purchase another's id.
fn purchase_of(account: AccountId, reference: Uuid) -> PurchaseId {
    let mut bytes = Uuid::new_v5(&account.0, reference.as_bytes()).into_bytes();
    bytes[..6].copy_from_slice(&reference.as_bytes()[..6]);
    bytes[6] = bytes[6] & 0x0f | 0x70;
    PurchaseId(Uuid::from_bytes(bytes))
}

/// The ceiling; `None` when none was typed.
fn read_ceiling(typed: &str) -> Result<Option<Amount>, &'static str> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let read = Amount::from_str(typed).map(Some);
    read.map_err(|_| "Écrivez une somme en euros, de 0,01 à 1 000 000, comme 12,50.")
}

impl PaymentPage {
    fn offer_path(&self) -> String {
        format!("/catalogue/{}", self.sale.id)
    }

    fn path(&self) -> String {
        format!("/catalogue/{}/payer", self.sale.id)
    }

    /// The last day on which the hold stands, in Europe/Paris.
    fn hold_day(&self) -> NaiveDate {
        accounting_day(self.hold_until)
    }

    /// What ten uses would cost.
    fn example(&self) -> Balance {
        Balance::from_cents(self.sale.listing.price.amount.cents().saturating_mul(10))
    }

    async fn new(
        app: &App,
        session: Session,
        payer: Payer,
        offer: OfferId,
        typed: Option<String>,
        refusal: Option<Told>,
    ) -> Result<Self, Problem> {
        let sale = sale::of(app, offer).await?;
        let asked = typed.is_some();
        let mut ceiling = Ceiling { typed: typed.unwrap_or_default(), error: None };
        let amount = match read_ceiling(&ceiling.typed) {
            Ok(None) if sale.by_use() && asked => Err("Indiquez un plafond en euros, comme 12,50."),
            read => read,
        };
        let (teacher, account) = (AccountId(session.id), payer.account);
        let cost = match amount {
            Err(error) => {
                ceiling.error = Some(error);
                None
            }
            Ok(None) if sale.by_use() => None,
            Ok(amount) => {
                let amount = amount.filter(|_| sale.by_use());
                Some(sale::cost(app, payer, offer, amount).await?)
            }
        };
        let (split, refused) = match cost {
            None => (None, None),
            Some(Cost::Split(split)) => (Some(split), None),
            Some(Cost::Refused(told)) => (None, Some(told)),
        };
        let frame = Frame {
            path: format!("/catalogue/{offer}/payer"),
            demo: app.config.demo,
            sandbox: app.config.sandbox,
            session: Some(session),
            notice: None,
        };
        let hold_until = app.clock.now() + HELD_FOR;
        let (reference, tried, refusal) = (app.clock.id(), refusal.is_some(), refusal.or(refused));
        let already = Already::read(app, account, offer, sale.by_use())?;
        let today = app.clock.today();
        let look = move |it: &Account| {
            let renewed = it.renewals(today).find(|it| it.offer == offer);
            (it.specimen_of(offer).is_some(), renewed.and_then(|it| it.until.succ_opt()))
        };
        let (specimen, renews) = app.ledger.inspect(account, look).await.map_err(failed)?;
        Ok(Self {
            frame,
            sale,
            refusal,
            tried,
            already,
            specimen,
            renews,
            ceiling,
            choices: payers::choices(app, teacher, payer)?,
            payer,
            split,
            reference,
            hold_until,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purchase_belongs_to_the_account_and_to_the_form() {
        let (mine, yours) = (AccountId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)));
        let drawn: Uuid = "0192f0c4-1d57-7f0e-9b6a-2f307c41d8e9".parse().unwrap();
        let purchase = purchase_of(mine, drawn);
        assert_eq!(purchase, purchase_of(mine, drawn));
        assert_ne!(purchase, purchase_of(yours, drawn));
        assert_eq!(purchase.0.get_version_num(), 7);
        assert_eq!(purchase.0.as_bytes()[..6], drawn.as_bytes()[..6], "ids stay in time's order");
    }
}
