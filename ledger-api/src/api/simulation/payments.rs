//! What a teacher, or a head of school, does with a payment.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use fixtures::sandbox;
use ledger_core::account::team::RefusedBecause;
use ledger_core::account::{Account, AccountCommand, TeamCommand};
use ledger_core::checkout::Payer;
use ledger_core::client::ClientScope;
use ledger_core::event_log::EventLog;
use ledger_core::ids::{AccountId, BuyerId, PartnerId, PaymentId};
use ledger_core::meta::{Actor, Meta, Role, accounting_day};
use ledger_core::payment::PaymentStep;
use ledger_core::process::payments as process;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::caller::Caller;
use crate::api::fields::{self, Text};
use crate::api::payments::wire::Payment;
use crate::api::{entity, lists};
use crate::app::App;
use crate::extract::{Json, Path};
use crate::problem::{Problem, kinds};
use crate::sandbox::InSandbox;

/// With which test account; `{}` is `prof-riche`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct From {
    /// Its name, as `GET /api/v1/simulation` lists it.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(schema_with = fields::text_100, required = false)]
    account: Option<Text<100>>,
}

impl From {
    fn payer(&self) -> Result<Payer, Problem> {
        let name = self.account.as_ref().map_or(sandbox::MEMBER, |it| it.0.as_str());
        let expected = "expected the name of a test account, as GET /api/v1/simulation lists them";
        let account = sandbox::account(name).ok_or_else(|| lists::invalid("account", expected))?;
        let member = sandbox::account(sandbox::MEMBER).filter(|_| name == "equipe");
        Ok(Payer { account, by: member })
    }
}

/// The test teacher who acts.
fn teacher(app: &App, payer: Payer) -> Meta {
    let by = Actor { role: Role::Teacher, id: payer.by.unwrap_or(payer.account).0 };
    Meta { at: app.clock.now(), by, cause: app.clock.id() }
}

async fn shown(
    app: &App,
    headers: &HeaderMap,
    id: PaymentId,
    partner: PartnerId,
) -> Result<Response, Problem> {
    let paid = process::paid(&app.ledger, id, Some(partner)).await?;
    let end = app.ledger.log().end().await.map_err(Problem::unavailable)?;
    Ok(entity::changed(&Payment::of(app, headers, id, &paid), end))
}

/// Have a teacher confirm a payment.
///
/// A test account confirms the payment, as a teacher would on its page; refused for the reasons for
/// which that account would be.
#[utoipa::path(post, path = "/api/v1/simulation/payments/{payment}/confirm", tag = "Simulation",
    operation_id = "simulateConfirmation", request_body = From,
    params(("payment" = String, Path, pattern = "^pay_[0-9a-fA-F]{32}$")),
    responses((status = 200, description = "The payment, confirmed", body = Payment)),
    security(("oauth2" = ["payments:write"])))]
pub async fn confirm(
    _: InSandbox,
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaymentId>,
    headers: HeaderMap,
    Json(from): Json<From>,
) -> Result<Response, Problem> {
    let partner = caller.partner(ClientScope::PaymentsWrite)?;
    process::paid(&app.ledger, id, Some(partner)).await?;
    let payer = from.payer()?;
    let meta = teacher(&app, payer);
    let buyer = BuyerId::of(&app.pseudonyms, partner, payer.account);
    process::confirm(&app.ledger, id, payer, buyer, accounting_day(meta.at), meta).await?;
    shown(&app, &headers, id, partner).await
}

/// Have a teacher decline a payment.
///
/// A test account declines the payment, as a teacher would on its page.
#[utoipa::path(post, path = "/api/v1/simulation/payments/{payment}/decline", tag = "Simulation",
    operation_id = "simulateDecline", request_body = From,
    params(("payment" = String, Path, pattern = "^pay_[0-9a-fA-F]{32}$")),
    responses((status = 200, description = "The payment, declined", body = Payment)),
    security(("oauth2" = ["payments:write"])))]
pub async fn decline(
    _: InSandbox,
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaymentId>,
    headers: HeaderMap,
    Json(from): Json<From>,
) -> Result<Response, Problem> {
    let partner = caller.partner(ClientScope::PaymentsWrite)?;
    process::paid(&app.ledger, id, Some(partner)).await?;
    let payer = from.payer()?;
    let who = payer.by.unwrap_or(payer.account);
    process::decline(&app.ledger, id, who, teacher(&app, payer)).await?;
    shown(&app, &headers, id, partner).await
}

/// Have a head of school agree to a payment.
///
/// The head of school agrees to what the test team (`equipe`) asked for.
#[utoipa::path(post, path = "/api/v1/simulation/payments/{payment}/approve", tag = "Simulation",
    operation_id = "simulateApproval",
    params(("payment" = String, Path, pattern = "^pay_[0-9a-fA-F]{32}$")),
    responses((status = 200, description = "The payment, approved", body = Payment)),
    security(("oauth2" = ["payments:write"])))]
pub async fn approve(
    _: InSandbox,
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaymentId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    decide(&app, caller, id, &headers, true).await
}

/// Have a head of school refuse a payment.
///
/// The head of school refuses what the test team (`equipe`) asked for.
#[utoipa::path(post, path = "/api/v1/simulation/payments/{payment}/refuse", tag = "Simulation",
    operation_id = "simulateRefusal",
    params(("payment" = String, Path, pattern = "^pay_[0-9a-fA-F]{32}$")),
    responses((status = 200, description = "The payment, refused", body = Payment)),
    security(("oauth2" = ["payments:write"])))]
pub async fn refuse(
    _: InSandbox,
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PaymentId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    decide(&app, caller, id, &headers, false).await
}

/// The account that waits for the head of school.
fn waiting(step: PaymentStep) -> Option<AccountId> {
    if let PaymentStep::Awaiting { account, .. } = step { Some(account) } else { None }
}

async fn decide(
    app: &App,
    caller: Caller,
    id: PaymentId,
    headers: &HeaderMap,
    agrees: bool,
) -> Result<Response, Problem> {
    let partner = caller.partner(ClientScope::PaymentsWrite)?;
    let paid = process::paid(&app.ledger, id, Some(partner)).await?;
    let Some(account) = waiting(paid.state.step) else {
        let detail = "this payment does not wait for a head of school";
        return Err(Problem::new(&kinds::NOTHING_TO_APPROVE, detail));
    };
    let by = sandbox::actor(Role::HeadOfSchool);
    let meta = Meta { at: app.clock.now(), by, cause: app.clock.id() };
    let (head, on) = (sandbox::head(), accounting_day(meta.at));
    let decided = paid.created.lines.iter().map(|it| {
        let (purchase, by) = (it.purchase, head);
        AccountCommand::Team(if agrees {
            TeamCommand::Approve { purchase, by, on }
        } else {
            let because = RefusedBecause::Budget;
            TeamCommand::Refuse { purchase, because, words: "".into(), by, on }
        })
    });
    let decided = AccountCommand::Together(decided.collect());
    app.ledger.execute::<Account>(account, &decided, meta).await?;
    let buyer = BuyerId::of(&app.pseudonyms, partner, account);
    process::finish(&app.ledger, id, account, buyer, meta).await?;
    shown(app, headers, id, partner).await
}
