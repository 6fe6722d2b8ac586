//! What the accountant reads: every balance down to its lines, every line down to its event; in
//! French. The authorising officer may read it too.
//!
//! ```text
//!  balance ──▶ grand livre ──▶ événement ◀── journal
//!                                ▲    ▲
//!           achats ──▶ achat ────┘    └──── flux of any object, compte
//! ```
//!
//! Figures come from the read models, events from the log itself. Nothing here decides about
//! money, but for the receipt of funds, which the accountant alone records.

mod account;
mod checks;
mod entries;
mod event;
pub(crate) mod export;
mod exports;
mod fec;
pub(crate) mod filters;
mod general_ledger;
mod journal;
pub(crate) mod names;
mod purchase;
mod purchases;
mod receipts;
mod stored;
mod trail;
mod trial_balance;
pub(crate) mod wording;

pub(crate) use wording::{agreement_ceiling, agreement_credit};

use axum::Router;
use axum::routing::get;

use crate::app::App;
use crate::security;

/// Every page under `/comptable/`, and the files that they offer.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/comptable/balance", get(trial_balance::show))
        .route("/comptable/balance.csv", get(trial_balance::csv))
        .route("/comptable/grand-livre", get(general_ledger::accounts))
        .route("/comptable/grand-livre/{compte}", get(general_ledger::show))
        .route("/comptable/grand-livre/{compte}/csv", get(general_ledger::csv))
        .route("/comptable/journal", get(journal::show))
        .route("/comptable/journal.csv", get(journal::csv))
        .route("/comptable/achats", get(purchases::show))
        .route("/comptable/achats.csv", get(purchases::csv))
        .route("/comptable/achats/{purchase}", get(purchase::show))
        .route("/comptable/achats/{purchase}/csv", get(purchase::csv))
        .route("/comptable/controles", get(checks::show))
        .route("/comptable/exports", get(exports::show))
        .route("/comptable/exports/journal.beancount", get(exports::beancount))
        .route("/comptable/exports/journal.hledger", get(exports::hledger))
        .route("/comptable/exports/fec", get(fec::save))
        .route("/comptable/financements", get(receipts::show).post(receipts::record))
        .route("/comptable/comptes/{account}", get(account::show))
        .route("/comptable/evenement/{position}", get(event::show))
        .route("/comptable/evenement/{position}/json", get(event::json))
        .route("/comptable/flux/{stream}", get(trail::show))
        .layer(security::compression())
}
