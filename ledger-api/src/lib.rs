//! HTTP and nothing but HTTP: storefront, accountants' pages, API, and the binary that wires it.
//!
//! ```text
//!  browser ─┐                       ┌─ pages ──▶ Frame + data ──▶ templates/*.html
//!           ├─▶ security::guard ─▶ router ─ api ───▶ Json
//!  machine ─┘        ▲              └─ probes     │
//!                    └── Problem: JSON, or a page ◀┘
//! ```
//!
//! Read in this order: [`router`], [`app`], [`security`], [`session`], [`problem`], [`page`].
//! Handlers read a request through [`extract`], and decide nothing about money.
//! Messages of the bank are read and written by [`iso20022`], which knows nothing of HTTP.
//!
//! # Invariants
//!
//! * Only [`config`] knows the environment's variables, only [`clock`] reads the time.
//! * A page works without JavaScript, and loads nothing from elsewhere ([`security`]).
//! * The API takes no cookie, a page no token ([`security`]).

pub mod about;
pub mod api;
pub mod app;
pub mod assets;
pub mod audit;
pub mod charts;
pub mod cli;
pub mod clients;
pub mod clock;
pub mod config;
pub mod connections;
pub mod extract;
pub mod feeds;
pub mod format;
pub mod funder;
pub mod health;
pub mod iso20022;
pub mod limits;
pub mod metrics;
pub mod page;
pub mod pdf;
pub mod personas;
pub mod problem;
pub mod reading;
pub mod sandbox;
pub mod security;
pub mod session;
pub mod sheet;
pub mod signin;
pub mod storefront;
mod teams;
pub mod thumbnails;
pub mod tls;
pub mod treasury;
pub mod vouchers;
pub mod webhooks;
pub mod workers;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use app::App;
use problem::{Problem, kinds};

/// Every route, in one place.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .merge(pages().layer(security::compression()))
        .merge(audit::routes())
        .merge(treasury::routes())
        .merge(feeds::routes())
        .merge(funder::routes())
        .merge(clients::routes())
        .merge(storefront::routes())
        .merge(teams::routes())
        .merge(webhooks::pages::routes())
        .merge(api::routes())
        .merge(probes());
    guarded(routes, app)
}

/// `routes`, behind what every request goes through, whatever its route.
pub fn guarded(routes: Router<App>, app: App) -> Router {
    routes
        .fallback(async || Problem::not_found("no such address"))
        .method_not_allowed_fallback(async || {
            Problem::new(&kinds::METHOD_NOT_ALLOWED, "see Allow for the methods it takes")
        })
        // One layer of three, the first one outermost: axum boxes each layer of each route.
        .layer((
            from_fn_with_state(app.clone(), security::guard),
            CatchPanicLayer::custom(security::panicked),
            DefaultBodyLimit::max(security::BODY_MAX),
        ))
        .with_state(app)
}

/// What people read, in French.
fn pages() -> Router<App> {
    Router::new()
        .route("/", get(about::home))
        .route("/connexion", get(personas::show).post(personas::choose))
        .route("/deconnexion", post(signin::ending::leave))
        .merge(signin::routes())
        .route("/.well-known/security.txt", get(about::security_txt::show))
        .route("/accessibilite", get(about::accessibility))
        .route("/mentions-legales", get(about::legal))
        .route("/problems", get(about::problems))
        .route("/problems/{slug}", get(about::problem))
        .route("/documentation", get(api::documentation::page::show))
        .route("/styleguide", get(about::style_guide))
        .route("/static/{name}", get(assets::show))
        .route("/vignettes/{offer}", get(thumbnails::show))
}

/// What whoever watches the service asks.
fn probes() -> Router<App> {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
}
