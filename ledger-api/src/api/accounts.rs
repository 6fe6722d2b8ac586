//! `GET /api/v1/accounts/{account}`: what a funder may know of an account, which is its own money.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::NaiveDate;
use ledger_core::account::{self, Lot};
use ledger_core::client::ClientScope;
use ledger_core::identifiers::Funder;
use ledger_core::ids::{AccountId, EnvelopeId, LotId};
use ledger_core::money::Balance;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Caller;
use super::{entity, fields};
use crate::app::App;
use crate::extract::Path;
use crate::problem::Problem;

/// What one funder has credited to an account, and what has become of it. What the account got
/// from others, who holds it and what was bought are not told.
#[derive(Debug, Serialize, ToSchema)]
pub struct Account {
    /// Its id.
    #[schema(schema_with = fields::account_id)]
    id: AccountId,
    /// All that was granted.
    #[schema(schema_with = fields::balance_cents)]
    granted_cents: u64,
    /// What may still be spent.
    #[schema(schema_with = fields::balance_cents)]
    available_cents: u64,
    /// What is held for purchases under way.
    #[schema(schema_with = fields::balance_cents)]
    held_cents: u64,
    /// What was spent, less refunds.
    #[schema(schema_with = fields::balance_cents)]
    spent_cents: u64,
    /// What went back to the funder.
    #[schema(schema_with = fields::balance_cents)]
    returned_cents: u64,
    /// Each credit, oldest first.
    credits: Vec<Credit>,
}

/// One credit, and what has become of it: granted = available + held + spent + returned.
#[derive(Debug, Serialize, ToSchema)]
pub struct Credit {
    /// Its id.
    #[schema(schema_with = fields::lot_id)]
    lot: LotId,
    /// The envelope it came from.
    #[schema(schema_with = fields::envelope_id)]
    envelope: EnvelopeId,
    /// The last day on which it may be spent.
    #[schema(value_type = String, format = Date)]
    valid_until: NaiveDate,
    /// What was granted.
    #[schema(schema_with = fields::amount_cents)]
    granted_cents: u64,
    /// What may still be spent.
    #[schema(schema_with = fields::balance_cents)]
    available_cents: u64,
    /// What is held for purchases under way.
    #[schema(schema_with = fields::balance_cents)]
    held_cents: u64,
    /// What was spent, less refunds.
    #[schema(schema_with = fields::balance_cents)]
    spent_cents: u64,
    /// What went back to the funder.
    #[schema(schema_with = fields::balance_cents)]
    returned_cents: u64,
}

/// Show your credits in an account.
///
/// Shows the caller's own credits in one account; an account that has none is not found.
#[utoipa::path(get, path = "/api/v1/accounts/{account}", tag = "Top-ups",
    operation_id = "getAccount",
    params(("account" = String, Path, pattern = "^acc_[0-9a-fA-F]{32}$"),
        ("If-None-Match" = Option<String>, Header, description = "An ETag that is known already.")),
    responses(
        (status = 200, description = "Your credits in this account", body = Account),
        (status = 304, description = "It is what If-None-Match names"),
    ), security(("oauth2" = ["envelopes:read"])))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let funder = caller.funder(ClientScope::EnvelopesRead)?;
    let own = |it: &account::Account| own_lots(it, funder);
    let lots = app.ledger.inspect::<account::Account, _>(id, own).await?;
    if lots.is_empty() {
        return Err(Problem::not_found("you have credited no such account"));
    }
    Ok(entity::shown(&Account::of(id, &lots), &headers))
}

fn own_lots(account: &account::Account, funder: Funder) -> Vec<Lot> {
    account.lots.iter().filter(|it| it.funder == funder).cloned().collect()
}

impl Account {
    fn of(id: AccountId, lots: &[Lot]) -> Self {
        let sum = |of: fn(&Lot) -> Balance| lots.iter().map(of).sum::<Balance>().cents();
        Self {
            id,
            granted_cents: sum(|it| it.granted.into()),
            available_cents: sum(|it| it.available),
            held_cents: sum(|it| it.held),
            spent_cents: sum(|it| it.spent),
            returned_cents: sum(|it| it.returned),
            credits: lots.iter().map(Credit::of).collect(),
        }
    }
}

impl Credit {
    fn of(lot: &Lot) -> Self {
        Self {
            lot: lot.id,
            envelope: lot.envelope,
            valid_until: lot.valid_until,
            granted_cents: lot.granted.cents(),
            available_cents: lot.available.cents(),
            held_cents: lot.held.cents(),
            spent_cents: lot.spent.cents(),
            returned_cents: lot.returned.cents(),
        }
    }
}
