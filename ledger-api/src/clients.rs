//! Machines of the API, as those who answer for them see them: an administrator all of them, at
//! `/administration/clients`; a partner's agent its partner's, at `/partenaire/clients`.
//!
//! A secret is shown once, on the page that answers the form which made it.

mod acts;
mod caused;
mod certificates;
mod register;
mod show;

pub use caused::{Caused, caused};

use axum::Router;
use axum::routing::{get, post};
use ledger_core::client::{Client, ClientRefusal, Party};
use ledger_core::ids::ClientId;
use ledger_core::meta::Role;

use crate::app::App;
use crate::problem::{Problem, kinds};
use crate::security;
use crate::session::Session;

const ADMINISTRATION: &str = "/administration/clients";
const PARTNER: &str = "/partenaire/clients";

/// Every page about clients.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/administration/clients", get(show::list).post(register::register))
        .route("/administration/clients/{client}", get(show::one))
        .route("/administration/clients/{client}/secrets", post(acts::add))
        .route(
            "/administration/clients/{client}/secrets/{fingerprint}/retrait",
            get(acts::ask_remove).post(acts::remove),
        )
        .route(
            "/administration/clients/{client}/revocation",
            get(acts::ask_revoke).post(acts::revoke),
        )
        .route("/administration/clients/{client}/certificats", post(certificates::add))
        .route(
            "/administration/clients/{client}/certificats/{thumbprint}/retrait",
            get(certificates::ask_remove).post(certificates::remove),
        )
        .route("/partenaire/clients/{client}/certificats", post(certificates::add))
        .route(
            "/partenaire/clients/{client}/certificats/{thumbprint}/retrait",
            get(certificates::ask_remove).post(certificates::remove),
        )
        .route("/partenaire/clients", get(show::list))
        .route("/partenaire/clients/{client}", get(show::one))
        .route("/partenaire/clients/{client}/secrets", post(acts::add))
        .route(
            "/partenaire/clients/{client}/secrets/{fingerprint}/retrait",
            get(acts::ask_remove).post(acts::remove),
        )
        .route("/partenaire/clients/{client}/revocation", get(acts::ask_revoke).post(acts::revoke))
        .layer(security::compression())
}

/// Whose clients someone answers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sees {
    /// Everybody's.
    All,
    /// One party's.
    Of(Party),
}

impl Sees {
    /// What `session` answers for; refused when it is nothing.
    fn of(session: &Session) -> Result<Self, Problem> {
        let roles = [Role::Administrator, Role::PartnerAgent];
        let session = session.clone().acting_as(&roles)?;
        if session.role == Role::Administrator {
            return Ok(Self::All);
        }
        let party = session.partner().map(Party::Partner);
        let party = party.ok_or_else(|| Problem::new(&kinds::FORBIDDEN, "acts for no partner"))?;
        Ok(Self::Of(party))
    }

    fn may_see(self, party: &Party) -> bool {
        match self {
            Self::All => true,
            Self::Of(own) => own == *party,
        }
    }

    /// Where the list is.
    const fn path(self) -> &'static str {
        match self {
            Self::All => ADMINISTRATION,
            Self::Of(_) => PARTNER,
        }
    }
}

/// The client `id`, if `session` answers for it: another's is not found.
async fn own(app: &App, session: &Session, id: ClientId) -> Result<(Sees, Client), Problem> {
    let sees = Sees::of(session)?;
    let client = app.ledger.state::<Client>(id).await?;
    let own = client.registered.as_ref().is_some_and(|it| sees.may_see(&it.party));
    if own { Ok((sees, client)) } else { Err(ClientRefusal::NotRegistered.into()) }
}
