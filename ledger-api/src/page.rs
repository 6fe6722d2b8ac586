//! What all pages share: the frame around them, and how they are answered.

use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use ledger_core::meta::Role;

use crate::app::App;
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::Session;

/// A page, rendered when it is answered.
pub struct Page<T>(pub T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(html) => Html(html).into_response(),
            Err(failure) => Problem::internal(failure).into_response(),
        }
    }
}

/// What `templates/layout.html` shows around a page: every page has it as its field `frame`.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Who is signed in; `None` for a visitor.
    pub session: Option<Session>,
    /// The address, without what follows the `?`.
    pub path: String,
    /// Whether this is the demo.
    pub demo: bool,
    /// Whether this is a sandbox, where nothing is real.
    pub sandbox: bool,
    /// What has just happened, above the page.
    pub notice: Option<Notice>,
}

/// What has just happened, told above a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// `success`, `info`, `warning` or `error`: its colour and its sign.
    pub tone: &'static str,
    /// In French, one sentence.
    pub text: String,
}

/// One entry of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// As it reads.
    pub label: &'static str,
    /// Where it leads.
    pub path: &'static str,
}

const fn link(label: &'static str, path: &'static str) -> Link {
    Link { label, path }
}

/// What is offered to an administrator.
const ADMINISTRATION: [Link; 2] = [
    link("Personnes", "/administration/personnes"),
    link("Clients de l’API", "/administration/clients"),
];

/// What is offered to the head of a school.
const SCHOOL: [Link; 2] =
    [link("Établissement", "/etablissement"), link("Catalogue", "/catalogue")];

/// What is offered to a partner's agent.
const PARTNER: [Link; 3] = [
    link("Webhooks", "/partenaire/webhooks"),
    link("Clients de l’API", "/partenaire/clients"),
    link("Catalogue", "/catalogue"),
];

impl Frame {
    /// The frame for whoever asks for `uri` with `headers`.
    pub fn of(app: &App, uri: &Uri, headers: &HeaderMap) -> Self {
        Self {
            session: app.sessions.read(headers, app.clock.now()),
            path: uri.path().to_owned(),
            demo: app.config.demo,
            sandbox: app.config.sandbox,
            notice: None,
        }
    }

    /// Tells above the page what has just happened; `tone` as in [`Notice`].
    #[must_use]
    pub fn with_notice(mut self, tone: &'static str, text: impl Into<String>) -> Self {
        self.notice = Some(Notice { tone, text: text.into() });
        self
    }

    /// What is offered to the role that is signed in.
    pub fn navigation(&self) -> &'static [Link] {
        match self.session.as_ref().map(|it| it.role) {
            Some(Role::Teacher) => {
                &const {
                    [
                        link("Catalogue", "/catalogue"),
                        link("Mon compte", "/compte"),
                        link("Mes achats", "/achats"),
                        link("Mes équipes", "/equipes"),
                        link("Mes listes", "/listes"),
                    ]
                }
            }
            Some(Role::Accountant) => {
                &const {
                    [
                        link("Balance", "/comptable/balance"),
                        link("Grand livre", "/comptable/grand-livre"),
                        link("Journal", "/comptable/journal"),
                        link("Achats", "/comptable/achats"),
                        link("Financements", "/comptable/financements"),
                        link("Contrôles", "/comptable/controles"),
                        link("Exports", "/comptable/exports"),
                        link("Flux", "/comptable/flux-partenaires"),
                    ]
                }
            }
            Some(Role::AuthorisingOfficer) => {
                &const {
                    [
                        link("Enveloppes", "/financeur/enveloppes"),
                        link("Balance", "/comptable/balance"),
                        link("Journal", "/comptable/journal"),
                        link("Achats", "/comptable/achats"),
                        link("Contrôles", "/comptable/controles"),
                        link("Flux", "/comptable/flux-partenaires"),
                        link("Catalogue", "/catalogue"),
                    ]
                }
            }
            Some(Role::Funder) => {
                &const { [link("Enveloppes", "/financeur/enveloppes"), link("Catalogue", "/catalogue")] }
            }
            Some(Role::Auditor) => {
                &const {
                    [
                        link("Balance", "/comptable/balance"),
                        link("Grand livre", "/comptable/grand-livre"),
                        link("Journal", "/comptable/journal"),
                        link("Achats", "/comptable/achats"),
                        link("Contrôles", "/comptable/controles"),
                        link("Exports", "/comptable/exports"),
                        link("Licences libératoires", "/comptable/licences-liberatoires"),
                    ]
                }
            }
            Some(Role::Administrator) => &ADMINISTRATION,
            Some(Role::PartnerAgent) => &PARTNER,
            Some(Role::HeadOfSchool) => &SCHOOL,
            Some(Role::Support | Role::Client | Role::Process | Role::Operator) | None => {
                &const { [link("Accueil", "/"), link("Catalogue", "/catalogue")] }
            }
        }
    }

    /// The rest of it, on a second line: spending, for those who order and pay it.
    pub fn spending(&self) -> &'static [Link] {
        match self.session.as_ref().map(|it| it.role) {
            Some(Role::Accountant | Role::AuthorisingOfficer) => {
                &const {
                    [
                        link("À faire", "/comptable/a-faire"),
                        link("Règlements", "/comptable/reglements"),
                        link("Anomalies", "/comptable/anomalies"),
                        link("Contestations", "/comptable/contestations"),
                        link("Virements", "/comptable/virements"),
                        link("Banque", "/comptable/banque"),
                        link("Titres", "/comptable/titres"),
                        link("Partenaires", "/comptable/partenaires"),
                        link("Conventions", "/comptable/conventions"),
                        link("Licences libératoires", "/comptable/licences-liberatoires"),
                        link("Consommation", "/comptable/consommation"),
                        link("Reddition", "/comptable/reddition"),
                        link("Périodes", "/comptable/periodes"),
                        link("Corrections", "/comptable/corrections"),
                        link("Plan de contrôle", "/comptable/plan-de-controle"),
                    ]
                }
            }
            Some(
                Role::Teacher
                | Role::Funder
                | Role::HeadOfSchool
                | Role::PartnerAgent
                | Role::Auditor
                | Role::Support
                | Role::Administrator
                | Role::Client
                | Role::Process
                | Role::Operator,
            )
            | None => &[],
        }
    }

    /// Whether the page is the one `link` leads to, or below it.
    pub fn is_at(&self, link: &Link) -> bool {
        let below = self.path.strip_prefix(link.path);
        below.is_some_and(|it| it.is_empty() || (link.path != "/" && it.starts_with('/')))
    }
}

impl FromRequestParts<App> for Frame {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self::of(app, &parts.uri, &parts.headers))
    }
}

/// How pages call a role.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Teacher => "Équipe enseignante",
        Role::Funder => "Agent d’une collectivité",
        Role::AuthorisingOfficer => "Ordonnateur",
        Role::Accountant => "Comptable public",
        Role::Client => "Client de l’API",
        Role::Process => "Traitement automatique",
        Role::Operator => "Exploitant",
        Role::HeadOfSchool => "Chef d’établissement",
        Role::PartnerAgent => "Agent d’un partenaire",
        Role::Auditor => "Auditeur",
        Role::Support => "Assistance",
        Role::Administrator => "Administrateur",
    }
}

/// Leads to the sign-in, and from there back to `uri`; `None` leads back home.
pub fn to_sign_in(uri: Option<&Uri>) -> Response {
    let Some(path) = uri.and_then(Uri::path_and_query) else {
        return Redirect::to("/connexion").into_response();
    };
    let back: String = url::form_urlencoded::byte_serialize(path.as_str().as_bytes()).collect();
    Redirect::to(&format!("/connexion?retour={back}")).into_response()
}

/// `templates/problem.html`.
#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    problem: &'a Problem,
    request: String,
}

impl ProblemPage<'_> {
    /// What is wrong this time, or what to do about its kind.
    fn message(&self) -> &str {
        self.problem.told.as_deref().unwrap_or(self.problem.kind.advice)
    }

    /// What to do next, when the message does not say it already.
    fn advice(&self) -> Option<&str> {
        self.problem.told.as_ref().map(|_| self.problem.kind.advice)
    }
}

/// A problem, as a page.
pub(crate) fn problem(frame: Frame, problem: &Arc<Problem>, id: RequestId) -> Response {
    let request = id.0.simple().to_string();
    Page(ProblemPage { frame, problem, request }).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_below_an_entry_belongs_to_it() {
        let at = |path: &str| Frame {
            session: None,
            path: path.into(),
            demo: false,
            sandbox: false,
            notice: None,
        };
        let catalogue = link("Catalogue", "/catalogue");
        assert!(at("/catalogue").is_at(&catalogue));
        assert!(at("/catalogue/off_1").is_at(&catalogue));
        assert!(!at("/catalogues").is_at(&catalogue));
        assert!(!at("/catalogue").is_at(&link("Accueil", "/")));
    }
}
