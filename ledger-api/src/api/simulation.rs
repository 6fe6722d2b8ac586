//! `/api/v1/simulation`: in a sandbox only, what people do and what time does, for whoever
//! integrates without them. Anywhere else there is no such address.
//!
//! Each call goes through the commands and rules of those whose act it is: a test account that has
//! nothing is refused, as a teacher would be.

pub mod clock;
pub mod payments;
pub mod settlements;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use fixtures::sandbox;
use ledger_core::account::Account;
use ledger_core::ids::{AccountId, EnvelopeId, PartnerId};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Caller;
use super::entity;
use crate::app::App;
use crate::format;
use crate::problem::Problem;
use crate::sandbox::{InSandbox, close_year};

/// What there is in a sandbox.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sandbox {
    /// The sandbox's time.
    now: String,
    /// The first year of accounts that is open.
    open_year: i32,
    /// The accounts that are there to be paid with.
    accounts: Vec<TestAccount>,
    /// The envelopes that top-ups may come from.
    envelopes: Vec<TestEnvelope>,
    /// The partner that sells.
    #[schema(value_type = String)]
    partner: PartnerId,
}

/// An account that is there to be paid with.
#[derive(Debug, Serialize, ToSchema)]
struct TestAccount {
    /// Its name in calls.
    name: &'static str,
    /// Its id.
    #[schema(value_type = String)]
    account: AccountId,
    /// What becomes of a payment from it, unless it was used up.
    what: &'static str,
    /// What it may spend now.
    available_cents: u64,
}

/// An envelope.
#[derive(Debug, Serialize, ToSchema)]
struct TestEnvelope {
    /// Its name.
    name: &'static str,
    /// Its id.
    #[schema(value_type = String)]
    envelope: EnvelopeId,
}

/// Show the sandbox.
///
/// What time it is in the sandbox, and the accounts and envelopes that it has.
#[utoipa::path(get, path = "/api/v1/simulation", tag = "Simulation", operation_id = "getSandbox",
    responses((status = 200, description = "The sandbox", body = Sandbox)),
    security(("oauth2" = [])))]
pub async fn show(
    _: InSandbox,
    State(app): State<App>,
    _: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let today = app.clock.today();
    let mut accounts = vec![];
    for it in &sandbox::ACCOUNTS {
        let Some(account) = sandbox::account(it.slug) else { continue };
        let available = app.ledger.inspect::<Account, _>(account, |it| it.available_on(today));
        let available_cents = available.await?.cents();
        accounts.push(TestAccount { name: it.slug, account, what: it.what, available_cents });
    }
    let envelopes = sandbox::envelopes().map(|(name, envelope)| TestEnvelope { name, envelope });
    let shown = Sandbox {
        now: format::iso(app.clock.now()),
        open_year: close_year::open_year(&app).await?,
        accounts,
        envelopes: envelopes.into(),
        partner: sandbox::partner(),
    };
    Ok(entity::shown(&shown, &headers))
}
