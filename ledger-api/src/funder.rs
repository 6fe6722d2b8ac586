//! What a funder's agent reads and does: its own envelopes, their use, their freeze; in French.
//!
//! ```text
//!  enveloppes ──▶ enveloppe ──▶ fichier de crédits, ligne par ligne
//!                    └──▶ geler, dégeler (confirmed, with a reason)
//! ```
//! Another funder's envelope does not exist here: it is 404, like one that was never opened.

mod batch;
mod envelope;
mod envelopes;
mod freeze;

use axum::Router;
use axum::routing::get;
use ledger_core::ids::EnvelopeId;
use projections::Reader;
use projections::reports::envelopes::EnvelopeRow;

use crate::app::App;
use crate::problem::Problem;
use crate::session::Session;
use crate::{reading, security};

/// Every page under `/financeur/`, and where its forms go.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/financeur/enveloppes", get(envelopes::show))
        .route("/financeur/enveloppes/{envelope}", get(envelope::show))
        .route("/financeur/enveloppes/{envelope}/gel", get(freeze::ask).post(freeze::freeze))
        .route("/financeur/enveloppes/{envelope}/degel", get(freeze::ask_thaw).post(freeze::thaw))
        .route("/financeur/fichiers/{batch}", get(batch::show))
        .layer(security::compression())
}

/// The envelope that an address names, if it is one of the funder's for whom `session` acts.
fn own(reader: &Reader, session: &Session, name: &str) -> Result<EnvelopeRow, Problem> {
    let missing = || {
        Problem::not_found(format_args!("no envelope `{name}` of this funder"))
            .told("Cette enveloppe n’existe pas, ou n’est pas la vôtre.")
    };
    let id: EnvelopeId = name.parse().map_err(|_| missing())?;
    let found = reader.envelope(id).map_err(reading::failed)?;
    found.filter(|it| Some(it.funder) == session.funder()).ok_or_else(missing)
}
