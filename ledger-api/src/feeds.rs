//! `/comptable/flux-partenaires`: where partners' offers are pulled from, what became of it, and
//! each record that was refused, with the rule, the value and the place; in French.
//!
//! ```text
//!  all partners ──▶ one partner ──▶ one reading ──▶ CSV
//!                     │ declare, remove, read now, let through
//! ```
//!
//! What became of feeds is told by the read models, hence by the log; only when a site was last
//! asked without news is known to the service alone.

mod acts;
mod list;
mod partner;
mod reading;
mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::security;

/// Every page about partners' feeds.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/comptable/flux-partenaires", get(list::show))
        .route("/comptable/flux-partenaires.csv", get(list::csv))
        .route("/comptable/flux-partenaires/{partner}", get(partner::show))
        .route("/comptable/flux-partenaires/{partner}/csv", get(partner::csv))
        .route("/comptable/flux-partenaires/{partner}/declaration", post(acts::declare))
        .route("/comptable/flux-partenaires/{partner}/retrait", post(acts::remove))
        .route("/comptable/flux-partenaires/{partner}/lecture", post(acts::read_now))
        .route("/comptable/flux-partenaires/{partner}/levee", post(acts::lift))
        .route("/comptable/flux-partenaires/{partner}/{position}", get(reading::show))
        .route("/comptable/flux-partenaires/{partner}/{position}/csv", get(reading::csv))
        .layer(security::compression())
}
