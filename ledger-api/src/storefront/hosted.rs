//! `/paiement/{payment}`: what a partner asks for on its own site is confirmed, or declined, here.
//!
//! ```text
//!  partner's site ──▶ who pays what, what is left ──confirm──▶ partner's site (payment=pay_… added)
//!                                                └─decline──▶
//! ```
//! Whoever has the address sees what is bought, never who confirmed it; only a teacher confirms.

use askama::Template;
use axum::extract::{Extension, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use compact_str::CompactString;
use ledger_core::account::Account;
use ledger_core::checkout::Payer;
use ledger_core::ids::{AccountId, BuyerId, PaymentId};
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::accounting_day;
use ledger_core::money::Balance;
use ledger_core::partner::Partner;
use ledger_core::payment::{Payment, PaymentCreated, PaymentRefusal, PaymentStep};
use ledger_core::process::payments::{self as process, Paid, PaymentsRefusal};

use super::funding::{self, Names};
use super::payers::{self, Choice};
use super::refusals::{self, Told};
use super::sale::Split;
use super::{failed, words};
use crate::api::payments::wire::PaymentState;
use crate::app::App;
use crate::extract::{Form, Path, Query};
use crate::format;
use crate::metrics::Refused;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::security::{self, RequestId};
use crate::session::{Session, Teacher};
use serde::Deserialize;

/// `templates/storefront/hosted.html`.
#[derive(Template)]
#[template(path = "storefront/hosted.html")]
struct HostedPage {
    frame: Frame,
    id: PaymentId,
    partner: CompactString,
    paid: Paid,
    /// Whether this teacher's account took it.
    own: bool,
    /// Who would pay what; `None` when it is refused, or over.
    split: Option<Split>,
    /// The accounts that this teacher may pay with; empty when there is only their own.
    choices: Vec<Choice>,
    /// Who pays.
    payer: Payer,
    /// Why it would be, or was, refused.
    refusal: Option<Told>,
    /// Whether a confirmation was just refused.
    tried: bool,
}

impl HostedPage {
    fn created(&self) -> &PaymentCreated {
        &self.paid.created
    }

    fn path(&self) -> String {
        format!("/paiement/{}", self.id)
    }

    fn waits(&self) -> bool {
        self.paid.state.step == PaymentStep::Waiting
    }

    fn message(&self) -> &'static str {
        PaymentState::of(&self.paid).message()
    }

    fn back(&self) -> String {
        return_to(self.id, &self.paid.created)
    }

    fn total(&self) -> Balance {
        self.paid.created.total()
    }

    fn heading(&self) -> &'static str {
        match self.paid.state.step {
            PaymentStep::Awaiting { .. } => "Demande envoyée au chef d’établissement",
            PaymentStep::Waiting if self.split.is_some() => "Vérifier, puis confirmer",
            PaymentStep::Waiting => "Ce paiement n’est pas possible",
            PaymentStep::Authorised { .. } => "Paiement confirmé",
            PaymentStep::Declined => "Paiement refusé",
            PaymentStep::Cancelled => "Paiement annulé",
            PaymentStep::Expired => "Paiement abandonné",
        }
    }
}

/// Where the teacher goes back to: the partner's address, with the payment added.
fn return_to(id: PaymentId, created: &PaymentCreated) -> String {
    let Ok(mut address) = url::Url::parse(&created.return_url) else {
        return created.return_url.to_string();
    };
    address.query_pairs_mut().append_pair("payment", &id.to_string());
    address.into()
}

/// With which account; one's own when it is left out.
#[derive(Debug, Deserialize)]
pub struct From {
    compte: Option<String>,
}

/// Shows what is asked for, and who would pay what.
pub async fn show(
    State(app): State<App>,
    Teacher(session): Teacher,
    frame: Frame,
    Path(id): Path<PaymentId>,
    Query(from): Query<From>,
) -> Result<Response, Problem> {
    let payer = payers::chosen(AccountId(session.id), from.compte.as_deref())?;
    page(&app, payer, &session, frame, id, None).await
}

/// Confirms, and leads back to the partner; sent again, it confirms nothing more.
pub async fn confirm(
    State(app): State<App>,
    Teacher(session): Teacher,
    frame: Frame,
    request: RequestId,
    Path(id): Path<PaymentId>,
    Form(from): Form<From>,
) -> Result<Response, Problem> {
    let payer = payers::chosen(AccountId(session.id), from.compte.as_deref())?;
    let meta = app.meta(session.actor(), request);
    let created = created(&app, id).await?;
    let buyer = BuyerId::of(&app.pseudonyms, created.partner, payer.account);
    let on = accounting_day(meta.at);
    match process::confirm(&app.ledger, id, payer, buyer, on, meta).await {
        Ok(()) => leave(&return_to(id, &created)),
        Err(ExecuteError::Refused(refusal)) => {
            // In a box: each confirmation would carry room for the page that it seldom needs.
            Box::pin(page(&app, payer, &session, frame, id, Some(refusal))).await
        }
        Err(error) => Err(failed(error)),
    }
}

/// Declines, and leads back to the partner; sent again, it changes nothing.
pub async fn decline(
    State(app): State<App>,
    Teacher(session): Teacher,
    frame: Frame,
    request: RequestId,
    Path(id): Path<PaymentId>,
) -> Result<Response, Problem> {
    let created = created(&app, id).await?;
    let meta = app.meta(session.actor(), request);
    let teacher = AccountId(session.id);
    match process::decline(&app.ledger, id, teacher, meta).await {
        Ok(()) => leave(&return_to(id, &created)),
        Err(ExecuteError::Refused(refusal)) => {
            Box::pin(page(&app, Payer::own(teacher), &session, frame, id, Some(refusal))).await
        }
        Err(error) => Err(failed(error)),
    }
}

async fn created(app: &App, id: PaymentId) -> Result<std::sync::Arc<PaymentCreated>, Problem> {
    let created = app.ledger.inspect::<Payment, _>(id, |it| it.created.clone()).await;
    created.map_err(failed)?.ok_or_else(no_such_payment)
}

fn no_such_payment() -> Problem {
    Problem::from(PaymentRefusal::NoSuchPayment)
}

/// 303, with nothing but where to go.
fn leave(to: &str) -> Result<Response, Problem> {
    let location = HeaderValue::try_from(to).map_err(Problem::internal)?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response())
}

async fn page(
    app: &App,
    payer: Payer,
    session: &Session,
    frame: Frame,
    id: PaymentId,
    refused: Option<PaymentsRefusal>,
) -> Result<Response, Problem> {
    let paid = match process::paid(&app.ledger, id, None).await {
        Ok(paid) => paid,
        Err(ExecuteError::Refused(_)) => return Err(no_such_payment()),
        Err(error) => return Err(failed(error)),
    };
    let teacher = AccountId(session.id);
    let own = took(app, &paid, teacher).await?;
    let (name, site) = partner(app, &paid.created).await?;
    let late = app.clock.now() >= paid.created.expires_at;
    let held = matches!(paid.state.step, PaymentStep::Awaiting { .. });
    let taken = (paid.state.taken().is_some() || held) && !own;
    let (split, refusal) = match &refused {
        Some(refusal) => (None, Some(refusals::of_payment(refusal))),
        None if taken => (None, Some(refusals::of_payment(&PaymentRefusal::TakenByAnother.into()))),
        None if paid.state.step != PaymentStep::Waiting => (None, None),
        None if late => {
            let until = paid.created.expires_at;
            (None, Some(refusals::of_payment(&PaymentRefusal::TooLate { until }.into())))
        }
        None => cost(app, &paid.created, payer).await?,
    };
    let status = if refusal.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let counted = refused.map(|it| Extension(Refused(Problem::from(it).kind.slug)));
    let tried = counted.is_some();
    let waits = paid.state.step == PaymentStep::Waiting;
    let choices = if waits { payers::choices(app, teacher, payer)? } else { vec![] };
    let page =
        HostedPage { frame, id, partner: name, paid, own, split, choices, payer, refusal, tried };
    let mut response = (status, Page(page)).into_response();
    if let Some(Extension(counted)) = counted {
        response.extensions_mut().insert(counted);
    }
    // The form's answer leads to the partner's site, which the page's policy must allow.
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, security::with_forms_to(&site)?);
    Ok(response)
}

/// Whether `teacher` confirmed it: with their own account, or for a team.
async fn took(app: &App, paid: &Paid, teacher: AccountId) -> Result<bool, Problem> {
    let account = match paid.state.step {
        PaymentStep::Awaiting { account, .. } | PaymentStep::Authorised { account, .. } => account,
        PaymentStep::Waiting
        | PaymentStep::Declined
        | PaymentStep::Cancelled
        | PaymentStep::Expired => return Ok(false),
    };
    let line = paid.created.lines.first().map(|it| it.purchase);
    let asked = |it: &Account| Some(it.team()?.asked_by(line?)?.member == teacher);
    let asked = app.ledger.inspect::<Account, _>(account, asked).await.map_err(failed)?;
    Ok(asked.unwrap_or(account == teacher))
}

/// The partner's trade name, and the site to which the teacher goes back.
async fn partner(
    app: &App,
    created: &PaymentCreated,
) -> Result<(CompactString, CompactString), Problem> {
    let look = |it: &Partner| {
        let name = it.registered.as_ref().map(|it| it.name.clone()).unwrap_or_default();
        (name, it.site_of(&created.return_url).cloned().unwrap_or_default())
    };
    app.ledger.inspect::<Partner, _>(created.partner, look).await.map_err(failed)
}

/// Who would pay what of it, or why the account would refuse.
async fn cost(
    app: &App,
    created: &PaymentCreated,
    payer: Payer,
) -> Result<(Option<Split>, Option<Told>), Problem> {
    let (at, on) = (app.clock.now(), app.clock.today());
    let account = payer.account;
    let quote = process::quote(&app.ledger, created, payer, at, on).await;
    let quote = match quote {
        Ok(quote) => quote,
        Err(ExecuteError::Refused(refusal)) => {
            return Ok((None, Some(refusals::of_payment(&refusal))));
        }
        Err(error) => return Err(failed(error)),
    };
    let shares = match quote.split {
        Ok(shares) => shares,
        Err(refusal) => return Ok((None, Some(refusals::of_account(&refusal)))),
    };
    let names = Names::of(app, shares.iter().map(|it| it.envelope).collect()).await?;
    let lines = |it: &Account| funding::lines(&shares, it, &names);
    let lines = app.ledger.inspect::<Account, _>(account, lines).await.map_err(failed)?;
    let total = created.total();
    let bar = funding::by_funder(&shares, &names);
    let left = quote.available.beyond(total);
    let Some(amount) = ledger_core::money::Amount::from_cents(total.cents()) else {
        return Ok((None, None));
    };
    let approval = quote.approval;
    Ok((Some(Split { amount, bar, lines, left, approval }), None))
}
