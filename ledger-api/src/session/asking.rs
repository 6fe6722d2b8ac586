//! Who asks for a page, and in which quality: a handler names what it needs, anybody else is refused.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use ledger_core::ids::PersonId;
use ledger_core::meta::Role;
use ledger_core::person::{Person, Quality};

use super::Session;
use crate::app::App;
use crate::problem::{Problem, kinds};

/// Whoever is signed in; nobody is a problem that sends a browser to `/connexion`.
impl FromRequestParts<App> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let session = app.sessions.read(&parts.headers, app.clock.now());
        let over = || Problem::new(&kinds::SIGN_IN, "no session, or one that is over");
        let session = session.ok_or_else(over)?;
        if session.stands(app).await? { Ok(session) } else { Err(over()) }
    }
}

impl OptionalFromRequestParts<App> for Session {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &App,
    ) -> Result<Option<Self>, Self::Rejection> {
        Ok(<Self as FromRequestParts<App>>::from_request_parts(parts, app).await.ok())
    }
}

impl Session {
    /// Whether it was neither ended everywhere nor its role taken back since it began.
    async fn stands(&self, app: &App) -> Result<bool, Problem> {
        if self.provider.is_empty() {
            return Ok(app.config.demo);
        }
        let acts_for = self.acts_for.map(|it| it.to_string().as_str().into());
        let quality = Quality { role: self.role, acts_for };
        let today = app.clock.today();
        let look = |it: &Person| {
            let ended = it.signed_out.is_some_and(|it| self.began <= it);
            let given = !self.granted || it.roles_on(today).any(|it| *it == quality);
            !ended && given
        };
        Ok(app.ledger.inspect::<Person, _>(PersonId(self.id), look).await?)
    }
}

macro_rules! acting_as {
    ($($(#[$doc:meta])* $name:ident = $($role:ident)|+;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub Session);

        impl FromRequestParts<App> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
                let session = <Session as FromRequestParts<App>>::from_request_parts(parts, app);
                session.await?.acting_as(&[$(Role::$role),+]).map(Self)
            }
        }
    )+};
}

acting_as! {
    /// A teacher is signed in; anybody else is refused.
    Teacher = Teacher;
    /// A funder's agent or authorising officer is signed in; anybody else is refused.
    FunderAgent = Funder | AuthorisingOfficer;
    /// The public accountant is signed in; anybody else is refused.
    Accountant = Accountant;
    /// Someone who may read the books is signed in: accountant, authorising officer or auditor.
    Reader = Accountant | AuthorisingOfficer | Auditor;
    /// The head of a school is signed in; anybody else is refused.
    HeadOfSchool = HeadOfSchool;
    /// An administrator is signed in; anybody else is refused.
    Administrator = Administrator;
    /// A partner's agent is signed in; anybody else is refused.
    PartnerAgent = PartnerAgent;
}
