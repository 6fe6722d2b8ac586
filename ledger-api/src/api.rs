//! What machines call, under `/api/v1`: a collectivité opens envelopes and credits accounts,
//! a partner is paid for what teachers buy on its own site.
//!
//! ```text
//!  client id, secret ─▶ oauth ─▶ access token ─▶ Caller ─▶ handler ─▶ ledger ─▶ answer, or Problem
//!                                                            ▲
//!                                 fields: read, or refused with what would be right
//! ```
//! Read in this order: [`routes()`], [`oauth`], [`caller`], [`fields`], [`envelopes`].
//!
//! # Invariants
//!
//! * An object of another funder is not found; nothing tells it from one that does not exist.
//! * Every request that writes may be sent again: it changes nothing more, and answers the same.
//! * The description ([`documentation`]) is made from the handlers: no route is missing from it.

pub mod accounts;
pub mod agreements;
pub mod batches;
pub mod caller;
pub mod clients;
pub mod documentation;
pub mod entity;
pub mod envelopes;
pub mod feeds;
pub mod fields;
pub mod idempotency;
pub mod lists;
pub mod oauth;
pub mod offers;
pub mod payments;
pub mod secrets;
pub mod simulation;
pub mod tokens;
pub mod topups;
pub mod webhooks;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use serde_json::Value;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::app::App;

/// Every route of the API, and what describes them.
pub fn routes() -> Router<App> {
    let (router, _) = described().split_for_parts();
    router
        .route("/api/v1/openapi.json", get(documentation::json))
        .route("/catalogue/donnees-ouvertes", get(offers::open_data::show))
        .route("/catalogue/donnees-ouvertes.jsonl", get(offers::export::json_lines))
        .route("/catalogue/donnees-ouvertes.csv", get(offers::export::table))
}

/// The description of the API: OpenAPI 3.1.
pub fn document() -> Value {
    let (_, document) = described().split_for_parts();
    documentation::completed(document)
}

fn described() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(oauth::token))
        .routes(routes!(clients::list))
        .routes(routes!(clients::add))
        .routes(routes!(clients::remove))
        .routes(
            routes!(envelopes::open).map(|it| it.layer(DefaultBodyLimit::max(envelopes::BODY_MAX))),
        )
        .routes(routes!(envelopes::list))
        .routes(routes!(envelopes::show))
        .routes(routes!(envelopes::changes::confirm_budget))
        .routes(routes!(envelopes::changes::raise_budget))
        .routes(routes!(envelopes::changes::freeze))
        .routes(routes!(envelopes::changes::unfreeze))
        .routes(routes!(envelopes::changes::close))
        .routes(routes!(topups::create))
        .routes(routes!(topups::list))
        .routes(routes!(accounts::show))
        .routes(routes!(batches::send))
        .routes(routes!(batches::list_of_envelope))
        .routes(routes!(batches::list))
        .routes(routes!(batches::show))
        .routes(routes!(batches::report::lines))
        .routes(routes!(offers::search))
        .routes(routes!(offers::suggest))
        .routes(routes!(offers::show))
        .routes(routes!(feeds::list))
        .routes(routes!(feeds::readings))
        .routes(routes!(feeds::reading))
        .routes(routes!(payments::create))
        .routes(routes!(payments::list))
        .routes(routes!(payments::show))
        .routes(routes!(payments::events::list))
        .routes(routes!(payments::acts::capture))
        .routes(routes!(payments::acts::cancel))
        .routes(routes!(payments::acts::refund))
        .routes(routes!(payments::usage::record))
        .routes(routes!(payments::usage::close))
        .routes(routes!(webhooks::create))
        .routes(routes!(webhooks::list))
        .routes(routes!(webhooks::show))
        .routes(routes!(webhooks::change))
        .routes(routes!(webhooks::delete))
        .routes(routes!(webhooks::acts::rotate))
        .routes(routes!(webhooks::acts::pause))
        .routes(routes!(webhooks::acts::resume))
        .routes(routes!(webhooks::acts::replay))
        .routes(routes!(webhooks::acts::test))
        .routes(routes!(webhooks::deliveries::list))
        .routes(routes!(agreements::list))
        .routes(routes!(agreements::specimens))
        .routes(routes!(simulation::show))
        .routes(routes!(simulation::clock::go_on))
        .routes(routes!(simulation::clock::close))
        .routes(routes!(simulation::payments::confirm))
        .routes(routes!(simulation::payments::decline))
        .routes(routes!(simulation::payments::approve))
        .routes(routes!(simulation::payments::refuse))
        .routes(routes!(simulation::settlements::pay))
}
