//! `GET /api/v1/openapi.json`: the API's description, made from its handlers.

pub mod page;

use std::sync::LazyLock;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::uri::Authority;
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

use crate::api;
use crate::app::App;

/// The description as it is sent, made once.
static TEXT: LazyLock<String> = LazyLock::new(text);

/// Sends the description, with the address of tokens as whoever asks must call it.
pub async fn json(State(app): State<App>, headers: HeaderMap) -> impl IntoResponse {
    let host = headers.get(HOST).and_then(|it| it.to_str().ok());
    let host = host.and_then(|it| it.parse::<Authority>().ok());
    // The specification wants that address whole.
    let origin = app.config.origin_for(host.as_ref().map(Authority::as_str));
    let text = TEXT.replace(RELATIVE, &format!("\"tokenUrl\": \"{origin}/"));
    ([(CONTENT_TYPE, "application/json")], text)
}

/// How the address of tokens begins in the description.
const RELATIVE: &str = "\"tokenUrl\": \"/";

/// The description, as the committed file holds it: indented, with a line end.
pub fn text() -> String {
    format!("{:#}\n", api::document())
}

const ABOUT: &str = "\
A collectivité opens envelopes, credits the accounts of its teachers one by one or by files of up \
to 1,000,000 lines, and follows what becomes of its money. A partner is paid for what teachers buy on \
its own site, and follows what becomes of its feeds. Anybody searches the catalogue.

Sums are whole euro cents, days are in Europe/Paris, instants are RFC 3339 in UTC. A problem is \
told after RFC 9457; its `type` leads to a page that explains it. Whatever writes may be sent \
again: the same request changes nothing more.";

/// `described`, with what every operation shares: who may call, and how problems are told.
pub(super) fn completed(described: OpenApi) -> Value {
    let mut document = serde_json::to_value(described).unwrap_or_default();
    document["info"] = json!({
        "title": "Compte ressources: the API of collectivités and partners",
        "version": "1.0.0",
        "summary": "Fund teachers' accounts, be paid by them, and follow the money; search the catalogue and follow feeds",
        "description": ABOUT,
        "license": { "name": "EUPL-1.2", "identifier": "EUPL-1.2" },
        "contact": { "name": "The operator of this service; see /mentions-legales" },
    });
    document["servers"] = json!([{ "url": "/", "description": "This service" }]);
    document["tags"] = json!([
        { "name": "Access", "description": "Access tokens: OAuth2 client credentials." },
        { "name": "Envelopes", "description": "A funder's pots (enveloppes)." },
        { "name": "Top-ups", "description": "Credits, one account at a time." },
        { "name": "Batches", "description": "Credits by file, line by line." },
        { "name": "Catalogue", "description": "What can be bought; open to everybody." },
        { "name": "Feeds", "description": "What became of a partner's own feeds." },
        { "name": "Webhooks", "description": "Being told what happens, after Standard Webhooks." },
        { "name": "Payments", "description": "What teachers buy on a partner's own site." },
        { "name": "Simulation", "description": "In a sandbox only (`ledger-api sandbox`): what people and time do. Anywhere else there is no such address." },
        { "name": "Agreements", "description": "Offers that are free once enough was bought (licences libératoires), and specimens." },
    ]);
    document["components"]["securitySchemes"] = json!({
        "oauth2": {
            "type": "oauth2",
            "description": "An access token, sent as `Authorization: Bearer …`.",
            "flows": { "clientCredentials": {
                "tokenUrl": "/api/v1/oauth/token",
                "scopes": {
                    "envelopes:read": "Read envelopes, top-ups and batches of the client's funder",
                    "envelopes:write": "Open, freeze and close envelopes of the client's funder",
                    "topups:write": "Credit accounts from the client's funder's envelopes",
                    "feeds:read": "Read what became of the client's partner's feeds",
                    "webhooks:write": "Be told what happens: make, change, test and replay endpoints",
                    "payments:read": "Read payments of the client's partner",
                    "payments:write": "Ask for payments of the client's partner, capture, cancel and refund them",
                },
            } },
        },
        "basic": {
            "type": "http", "scheme": "basic",
            "description": "The client's id and secret, for a token only.",
        },
    });
    document["components"]["schemas"]["Problem"] = problem();
    // Beside their own fields stands the one that tells which of them it is.
    for line in ["NewOfferLine", "NewFreeLine"] {
        if let Some(it) = document["components"]["schemas"][line].as_object_mut() {
            it.remove("additionalProperties");
        }
    }
    document["components"]["responses"] = json!({ "Problem": {
        "description": "Why the request was not carried out (RFC 9457)",
        "content": { "application/problem+json": {
            "schema": { "$ref": "#/components/schemas/Problem" },
        } },
    } });
    for operation in operations(&mut document) {
        let problem = json!({ "$ref": "#/components/responses/Problem" });
        operation["responses"]["default"] = problem;
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        parameters.into_iter().flatten().for_each(never_null);
    }
    document
}

/// A parameter is there or not: it has no way to be null.
fn never_null(parameter: &mut Value) {
    let kind = parameter.pointer_mut("/schema/type");
    if let Some((kind, first)) = kind.and_then(|it| it.get(0).cloned().map(|first| (it, first))) {
        *kind = first;
    }
}

/// Every operation of `document`.
fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut).filter(|it| it.is_object())
}

fn problem() -> Value {
    let field = json!({
        "type": "object",
        "required": ["field", "detail"],
        "properties": {
            "field": { "type": "string", "examples": ["lines[3].amount_cents"] },
            "detail": { "type": "string" },
        },
    });
    json!({
        "type": "object",
        "description": "Why a request was not carried out (RFC 9457); other members depend on its type.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {
                "type": "string", "format": "uri-reference",
                "description": "Stable; a page that explains it.",
                "examples": ["/problems/over-budget"],
            },
            "title": { "type": "string", "description": "The same each time." },
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "detail": { "type": "string", "description": "What is wrong this time." },
            "errors": {
                "type": "array", "description": "The fields that are wrong.", "items": field,
            },
            "available_cents": { "type": "integer", "description": "What there is." },
            "missing_cents": { "type": "integer", "description": "What lacks." },
        },
    })
}
