//! From the order to the bank statement: what the authorising officer and the accountant do, and
//! what awaits them.
//!
//! ```text
//!  à faire ──▶ règlement ──▶ ordre ──▶ visa ──▶ virements ──▶ banque
//!                 ▲   ▲                                          │
//!   contestations ┘   └ pièces, lignes, événements      conventions, périodes,
//!                                                       corrections, reddition
//! ```
//!
//! Each act is a command on one stream; who may do it is the stream's own rule. A page shows what
//! is so, a form sends one act, an act answers with the page.

mod acts;
mod agreements;
pub(crate) mod bank;
mod bank_files;
mod budget;
mod bundle;
mod contests;
mod controls;
mod conventions;
mod corrections;
mod demo_bank;
mod documents;
mod evidence;
mod exceptions;
mod partners;
mod periods;
mod reddition;
pub(crate) mod remittance_files;
mod remittances;
mod settlement;
mod settlements;
pub(crate) mod title_papers;
mod titles;
mod uploads;
pub(crate) mod words;
mod worklist;

pub use bank::{Taken, take_in as take_in_statements};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::app::App;
use crate::security;

/// The largest file of a bank that is taken in, in bytes.
pub(crate) const FILE_MAX: usize = 32 << 20;

/// Every page from the order to the bank statement.
pub fn routes() -> Router<App> {
    let files = Router::new()
        .route("/comptable/banque/releve", post(bank::import))
        .route("/comptable/virements/{remittance}/reponse", post(remittances::answered))
        .route("/comptable/conventions/{convention}/reponse", post(conventions::returns::answered))
        .route("/comptable/reglements/{settlement}/piece", post(acts::attach))
        .layer(DefaultBodyLimit::max(FILE_MAX));
    Router::new()
        .route("/comptable/a-faire", get(worklist::show))
        .route("/comptable/reglements", get(settlements::show))
        .route("/comptable/reglements.csv", get(settlements::csv))
        .route("/comptable/reglements/{settlement}", get(settlement::show))
        .route("/comptable/reglements/{settlement}/lignes", get(settlement::lines::show))
        .route("/comptable/reglements/{settlement}/lignes.csv", get(settlement::lines::csv))
        .route("/comptable/reglements/{settlement}/pieces.zip", get(bundle::archive))
        .route("/comptable/reglements/{settlement}/pieces/{digest}", get(bundle::one))
        .route("/comptable/reglements/{settlement}/service-fait", post(acts::certify))
        .route("/comptable/reglements/{settlement}/releve", post(acts::statement))
        .route("/comptable/reglements/{settlement}/ordre", post(acts::order))
        .route("/comptable/reglements/{settlement}/controle", post(acts::check_line))
        .route("/comptable/reglements/{settlement}/visa", post(acts::visa))
        .route("/comptable/reglements/{settlement}/suspension", post(acts::suspend))
        .route("/comptable/reglements/{settlement}/reponse", post(acts::answer))
        .route("/comptable/reglements/{settlement}/requisition", post(acts::requisition))
        .route("/comptable/reglements/{settlement}/imputation", post(acts::set_off))
        .route("/comptable/anomalies", get(exceptions::show))
        .route("/comptable/anomalies.csv", get(exceptions::csv))
        .route("/comptable/contestations", get(contests::show))
        .route("/comptable/contestations/{purchase}", post(contests::dismiss))
        .route("/comptable/virements", get(remittances::show).post(remittances::draw_up))
        .route("/comptable/virements/{remittance}", get(remittances::one))
        .route("/comptable/virements/{remittance}/pain.001.xml", get(remittances::file))
        .route("/comptable/titres", get(titles::show))
        .route("/comptable/titres.csv", get(titles::csv))
        .route("/comptable/banque", get(bank::show))
        .route("/comptable/banque/releves/{position}", get(bank::statement))
        .route("/comptable/banque/releves/{position}/csv", get(bank::statement_csv))
        .route("/comptable/banque/releves/{position}/fichier", get(bank::statement_file))
        .route("/comptable/banque/lignes", post(bank::identify::said))
        .route("/comptable/periodes", get(periods::show))
        .route("/comptable/periodes/exercice", post(periods::open_year))
        .route("/comptable/periodes/mois", post(periods::close_month))
        .route("/comptable/periodes/cloture", post(periods::close_year))
        .route("/comptable/plan-de-controle", get(controls::show).post(controls::adopt))
        .route("/comptable/corrections", get(corrections::show).post(corrections::propose))
        .route("/comptable/corrections/{correction}", post(corrections::end))
        .route("/comptable/consommation", get(budget::show))
        .route("/comptable/consommation.csv", get(budget::csv))
        .route("/comptable/consommation/{envelope}", get(budget::one))
        .route("/comptable/reddition", get(reddition::choose))
        .route("/comptable/reddition/{funder}/{year}", get(reddition::show))
        .route("/comptable/reddition/{funder}/{year}/csv", get(reddition::csv))
        .route("/comptable/reddition/{funder}/{year}/pdf", get(reddition::pdf))
        .route("/demonstration/banque/releve.xml", get(demo_bank::today))
        .route("/demonstration/virements/{remittance}/reponse.xml", get(demo_bank::answer))
        .merge(parties())
        .merge(files)
        .layer(security::compression())
}

/// Who is paid, and who pays in.
fn parties() -> Router<App> {
    Router::new()
        .route("/comptable/partenaires", get(partners::show).post(partners::register))
        .route("/comptable/partenaires.csv", get(partners::csv))
        .route("/comptable/partenaires/{partner}", get(partners::one::show))
        .route("/comptable/partenaires/{partner}/coordonnees", post(partners::one::propose))
        .route("/comptable/partenaires/{partner}/decision", post(partners::one::decide))
        .route("/comptable/partenaires/{partner}/commission", post(partners::fee::agree))
        .route("/comptable/partenaires/{partner}/suspension", post(partners::one::suspend))
        .route("/comptable/partenaires/{partner}/reprise", post(partners::one::resume))
        .route("/catalogue/licences-liberatoires.csv", get(agreements::open_data))
        .route("/comptable/licences-liberatoires", get(agreements::show).post(agreements::sign))
        .route("/comptable/licences-liberatoires/{agreement}", get(agreements::one::show))
        .route("/comptable/licences-liberatoires/{agreement}/fin", post(agreements::one::end))
        .route("/comptable/conventions", get(conventions::show).post(conventions::sign))
        .route("/comptable/conventions/{convention}", get(conventions::one))
        .route("/comptable/conventions/{convention}/enveloppe", post(conventions::acts::open))
        .route("/comptable/conventions/{convention}/appel", post(conventions::acts::call))
        .route("/comptable/conventions/{convention}/avenant", post(conventions::acts::amend))
        .route(
            "/comptable/conventions/{convention}/restitution",
            post(conventions::acts::give_back),
        )
        .route(
            "/comptable/conventions/{convention}/virement",
            post(conventions::returns::send_return),
        )
        .route("/comptable/conventions/{convention}/virement.xml", get(conventions::returns::file))
}
