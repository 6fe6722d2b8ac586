//! Who calls: the client that the access token was given to, and for whom it acts.

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, HeaderMap};
use axum::http::request::Parts;
use ledger_core::client::{Client, ClientScope, Party};
use ledger_core::identifiers::Funder;
use ledger_core::ids::{ClientId, PartnerId};
use ledger_core::meta::{Actor, Meta, Role};

use super::tokens::{Proof, Scopes};
use crate::app::App;
use crate::problem::{Problem, kinds};
use crate::security::RequestId;
use crate::tls::ClientCertificate;

/// The client that sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Which one.
    pub client: ClientId,
    /// For whom it acts.
    pub party: Party,
    /// What its token allows.
    pub scopes: Scopes,
    request: RequestId,
}

impl Caller {
    /// Refuses unless the token allows `scope`.
    pub fn require(&self, scope: ClientScope) -> Result<(), Problem> {
        if self.scopes.contain(scope) {
            return Ok(());
        }
        let name = scope.name();
        let detail = format!("the access token does not allow {name}");
        Err(Problem::new(&kinds::INSUFFICIENT_SCOPE, detail).with("scope", name))
    }

    /// The funder it acts for, if the token allows `scope`.
    pub fn funder(&self, scope: ClientScope) -> Result<Funder, Problem> {
        self.require(scope)?;
        match self.party {
            Party::Funder(funder) => Ok(funder),
            Party::Partner(_) => {
                Err(Problem::new(&kinds::FORBIDDEN, "this client does not act for a funder"))
            }
        }
    }

    /// The partner it acts for, if the token allows `scope`.
    pub fn partner(&self, scope: ClientScope) -> Result<PartnerId, Problem> {
        self.require(scope)?;
        match self.party {
            Party::Partner(partner) => Ok(partner),
            Party::Funder(_) => {
                Err(Problem::new(&kinds::FORBIDDEN, "this client does not act for a partner"))
            }
        }
    }

    /// When, who and why, to be written beside the events that this request causes.
    pub fn meta(&self, app: &App) -> Meta {
        app.meta(Actor { role: Role::Client, id: self.client.0 }, self.request)
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Parts, app: &App) -> Result<Self, Problem> {
        let request = RequestId::from_request_parts(head, app).await?;
        let proof = proof(head, app)?;
        let client = proof.client;
        let now = app.clock.now();
        let party = app.ledger.inspect::<Client, _>(client, |it| {
            let registered = it.registered.as_ref().filter(|_| !it.revoked);
            registered.map(|known| (known.party, it.may_show(proof.certificate, now)))
        });
        match party.await {
            Ok(Some((_, false))) => Err(unknown(
                "this client's certificates changed since the access token was given: ask for \
                 another one, over a connection that shows its certificate",
            )),
            Ok(Some((party, true))) => Ok(Self { client, party, scopes: proof.scopes, request }),
            Ok(None) => Err(unknown("this client was revoked")),
            Err(failure) => Err(Problem::unavailable(failure)),
        }
    }
}

/// What the token of a request proves: the guard has read it already when it is valid.
fn proof(head: &Parts, app: &App) -> Result<Proof, Problem> {
    if let Some(read) = head.extensions.get() {
        return Ok(*read);
    }
    let expected = "Authorization: expected `Bearer` and an access token of /api/v1/oauth/token";
    let token = bearer(&head.headers).ok_or_else(|| unknown(expected))?;
    let now = app.clock.outside();
    let shown = ClientCertificate::of(&head.extensions, now);
    app.tokens.read(token, now, shown).map_err(unknown)
}

/// The token that a request comes with, whatever it is worth.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn unknown(detail: impl std::fmt::Display) -> Problem {
    Problem::new(&kinds::INVALID_TOKEN, detail)
}
