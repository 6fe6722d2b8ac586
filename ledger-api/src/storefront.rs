//! What teachers use: the catalogue, paying, their account and their purchases; in French.
//!
//! ```text
//!  catalogue ──▶ offer ──▶ payment ──303──▶ receipt ──▶ cancellation
//!                             │                │
//!                          refusals         purchases        account ──▶ statement (page, CSV)
//! ```
//!
//! A teacher's own pages are told by their account's own stream ([`history`]) and by the states
//! that rules decide on: what was just paid is there, and no number is computed twice. Only the
//! catalogue's search reads the read models.

mod account;
mod cancellation;
mod catalogue;
mod contest;
mod free;
pub(crate) mod funding;
pub(crate) mod history;
mod hosted;
mod lists;
pub(crate) mod offer;
pub(crate) mod payers;
mod payment;
mod purchases;
mod receipt;
pub(crate) mod refusals;
mod renewal;
pub(crate) mod sale;
mod statement;
pub(crate) mod words;

use axum::Router;
use axum::routing::{get, post};
use ledger_core::ledger::ExecuteError;

use crate::app::App;
use crate::problem::Problem;
use crate::security;

/// Every page of the storefront, and where its forms go.
pub fn routes() -> Router<App> {
    let pages = Router::new()
        .route("/catalogue", get(catalogue::show))
        .route("/catalogue/suggestions", get(catalogue::suggestions::show))
        .route("/catalogue/{offer}", get(offer::show))
        .route("/catalogue/{offer}/payer", get(payment::show))
        .route("/paiement/{payment}", get(hosted::show))
        .route("/achats", get(purchases::show))
        .route("/achats/{purchase}", get(receipt::show))
        .route("/achats/{purchase}/annuler", get(cancellation::ask).post(cancellation::confirm))
        .route("/achats/{purchase}/contester", post(contest::contest))
        .route("/achats/{purchase}/retirer", post(contest::withdraw))
        .route("/compte", get(account::show))
        .route("/compte/releve", get(statement::show))
        .route("/compte/releve.csv", get(statement::csv))
        .route("/listes", get(lists::show).post(lists::acts::create))
        .route("/listes/{list}", get(lists::one::show))
        .route("/listes/partagees/{link}", get(lists::one::by_link))
        .layer(security::compression());
    // What is answered by a redirection has nothing to compress.
    let acts = Router::new()
        .route("/catalogue/{offer}/payer", post(payment::pay))
        .route("/paiement/{payment}", post(hosted::confirm))
        .route("/paiement/{payment}/refuser", post(hosted::decline))
        .route("/achats/{purchase}/ne-pas-renouveler", post(renewal::decline))
        .route("/catalogue/{offer}/favori", post(lists::acts::favourite))
        .route("/catalogue/{offer}/liste", post(lists::acts::put_on))
        .route("/catalogue/{offer}/specimen", post(offer::specimen::take))
        .route("/listes/{list}/offres", post(lists::acts::add))
        .route("/listes/{list}/retirer", post(lists::acts::remove))
        .route("/listes/{list}/renommer", post(lists::acts::rename))
        .route("/listes/{list}/partager", post(lists::acts::share))
        .route("/listes/{list}/ne-plus-partager", post(lists::acts::unshare))
        .route("/listes/{list}/supprimer", post(lists::acts::delete));
    pages.merge(acts)
}

/// What is not a refusal: ours to repair, or for the teacher to send again, which pays once.
fn failed<R: std::fmt::Display>(error: ExecuteError<R>) -> Problem {
    match error {
        ExecuteError::Refused(refusal) => Problem::internal(refusal.to_string()),
        error @ (ExecuteError::Contended | ExecuteError::NotAsBelieved) => {
            Problem::unavailable(error.to_string())
        }
        ExecuteError::Log(error) => Problem::unavailable(error)
            .told("Renvoyez la même page dans un instant : un achat envoyé deux fois n’est payé qu’une fois."),
        ExecuteError::NotWritable(error) => Problem::internal(error),
        ExecuteError::Decode(error) => Problem::internal(error),
    }
}
