//! `GET /api/v1/offers`: the catalogue, as the storefront searches it; open to everybody.
//!
//! The same words, facets and order as the page: what a machine finds is what a teacher finds.

pub mod asked;
pub mod export;
pub mod open_data;
pub mod wire;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use ledger_core::ids::OfferId;
use ledger_core::ledger::ExecuteError;
use ledger_core::offer;
use ledger_core::partner::Partner;
use projections::search::SearchRequest;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{entity, lists};
use crate::app::App;
use crate::extract::{Json, Path, Query};
use crate::problem::Problem;
use wire::{Facet, Offer};

/// Offers that were found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Found {
    /// Those of this page, in the order asked for.
    data: Vec<Offer>,
    /// Gives the next page; left out on the last one.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// How many there are in all.
    count: u32,
    /// What each value of each facet would find, all other facets as they are.
    facets: Vec<Facet>,
    /// The words that were looked for instead of those given, when no offer holds one of these.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    corrected: Option<String>,
}

/// Search the catalogue.
///
/// Every offer on sale that matches: all words, one value at least of each facet given. Repeat a
/// facet to choose several of its values; `facets` of the answer tells which there are.
#[utoipa::path(get, path = "/api/v1/offers", tag = "Catalogue", operation_id = "searchOffers",
    params(asked::Described),
    responses(
        (status = 200, description = "What was found", body = Found),
        (status = 304, description = "It is what If-None-Match names"),
    ), security(()))]
pub async fn search(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let today = app.clock.today();
    let asked = asked::read(query.as_deref().unwrap_or_default())?;
    let asked = SearchRequest { on: Some(today), ..asked };
    let models = app.models.now().map_err(Problem::unavailable)?;
    let found = models.search(&asked).map_err(crate::reading::failed)?;
    drop(models);
    let found = Found {
        data: found.offers.iter().map(|it| Offer::of_row(&it.offer, today)).collect(),
        next_cursor: found.next.map(|it| it.to_string()),
        count: found.count,
        facets: found.facets.iter().map(Facet::of).collect(),
        corrected: found.corrected,
    };
    Ok(entity::shown(&found, &headers))
}

/// Show an offer.
///
/// As it is sold today; one that is withdrawn from sale is still shown, and says so.
#[utoipa::path(get, path = "/api/v1/offers/{offer}", tag = "Catalogue", operation_id = "getOffer",
    params(("offer" = String, Path, pattern = "^off_[0-9a-fA-F]{32}$"),
        ("If-None-Match" = Option<String>, Header, description = "An ETag that is known already.")),
    responses(
        (status = 200, description = "The offer", body = Offer),
        (status = 304, description = "It is what If-None-Match names"),
    ), security(()))]
pub async fn show(
    State(app): State<App>,
    Path(id): Path<OfferId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let look = |it: &offer::Offer| it.current.clone().map(|current| (current, it.on_sale));
    let found = app.ledger.inspect::<offer::Offer, _>(id, look).await.map_err(unread)?;
    let Some((current, on_sale)) = found else {
        return Err(Problem::not_found("there is no such offer"));
    };
    let look = |it: &Partner| {
        let name = it.registered.as_ref().map(|it| it.name.clone());
        (name.unwrap_or_default(), it.suspended.is_some())
    };
    let (name, suspended) = app.ledger.inspect::<Partner, _>(current.partner, look).await?;
    let sold = on_sale && !suspended;
    let partner = (current.partner, name.as_str());
    let shown = Offer::of(id, partner, &current.listing, sold, app.clock.today());
    Ok(entity::shown(&shown, &headers))
}

/// Nothing is decided: only the log can fail.
fn unread(error: ExecuteError<offer::OfferRefusal>) -> Problem {
    match error {
        ExecuteError::Refused(refusal) => Problem::internal(refusal),
        ExecuteError::Contended | ExecuteError::NotAsBelieved => Problem::unavailable(error),
        ExecuteError::Log(failure) => Problem::unavailable(failure),
        ExecuteError::NotWritable(failure) => Problem::internal(failure),
        ExecuteError::Decode(failure) => Problem::internal(failure),
    }
}

/// What somebody has typed so far.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Typed {
    /// The words so far; the last one is completed.
    #[param(value_type = String, max_length = 200)]
    q: String,
    /// How many suggestions at most.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100, default = 50, nullable = false)]
    #[serde(default)]
    limit: lists::Limit,
}

/// What could be typed next.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestions {
    /// The likeliest first.
    data: Vec<wire::Suggestion>,
}

/// Complete what is being typed.
///
/// Words of titles and keywords, subjects and levels that begin so, the likeliest first.
#[utoipa::path(get, path = "/api/v1/offers/suggestions", tag = "Catalogue",
    operation_id = "suggestOffers", params(Typed),
    responses((status = 200, description = "What could be typed", body = Suggestions)),
    security(()))]
pub async fn suggest(
    State(app): State<App>,
    Query(typed): Query<Typed>,
) -> Result<Response, Problem> {
    if typed.q.chars().count() > asked::TEXT_MAX {
        return Err(lists::invalid("q", "expected at most 200 characters"));
    }
    let models = app.models.now().map_err(Problem::unavailable)?;
    let found = models.suggest(&typed.q, typed.limit.0).map_err(crate::reading::failed)?;
    let data = found.iter().map(wire::Suggestion::of).collect();
    Ok(Json(Suggestions { data }).into_response())
}
