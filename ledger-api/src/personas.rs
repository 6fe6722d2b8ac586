//! `/connexion`: where people sign in; in the demo, by choosing a persona, on loopback only.

use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use compact_str::CompactString;
use fixtures::personas::{PERSONAS, Persona};
use fixtures::sandbox::TESTERS;
use ledger_core::meta::Role;
use serde::Deserialize;
use url::form_urlencoded;

use crate::app::App;
use crate::extract::{Form, Query};
use crate::page::{Frame, Page, role_name};
use crate::problem::{Problem, kinds};
use crate::session::{ActsFor, LASTS, Session};
use crate::signin::provider::Provider;

/// Where someone lands when they were not on their way to some page.
pub const fn home_of(role: Role) -> &'static str {
    match role {
        Role::Teacher => "/catalogue",
        Role::Funder | Role::AuthorisingOfficer => "/financeur/enveloppes",
        Role::Accountant | Role::Auditor => "/comptable/balance",
        Role::Administrator => "/administration/personnes",
        Role::PartnerAgent => "/partenaire/webhooks",
        Role::HeadOfSchool => "/etablissement",
        Role::Support | Role::Client | Role::Process | Role::Operator => "/",
    }
}

/// `templates/signin.html`.
#[derive(Template)]
#[template(path = "signin.html")]
struct SignIn {
    frame: Frame,
    groups: Vec<Group>,
    /// Where people sign in, by the provider's address and its label.
    providers: Vec<(String, String)>,
    back: String,
}

/// The personas of one role.
struct Group {
    role: &'static str,
    personas: Vec<&'static Persona>,
}

/// Where to go once signed in.
#[derive(Debug, Deserialize)]
pub struct Back {
    #[serde(default)]
    retour: String,
}

/// Who was chosen, and where to go.
#[derive(Debug, Deserialize)]
pub struct Choice {
    persona: String,
    #[serde(default)]
    retour: String,
}

/// Shows the personas.
pub async fn show(
    State(app): State<App>,
    frame: Frame,
    Query(back): Query<Back>,
) -> Result<Response, Problem> {
    if app.sign_in.providers.is_empty() {
        demo_only(&app)?;
    }
    let back = if is_own_path(&back.retour) { back.retour } else { String::new() };
    let query: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    let address = |it: &Provider| {
        let settings = &it.settings;
        (format!("/connexion/{}?retour={query}", settings.slug), settings.label.clone())
    };
    let providers = app.sign_in.providers.iter().map(address).collect();
    let mut groups: Vec<Group> = vec![];
    for persona in personas(&app).iter().filter(|_| app.config.demo) {
        let role = role_name(persona.role);
        match groups.iter_mut().find(|it| it.role == role) {
            Some(group) => group.personas.push(persona),
            None => groups.push(Group { role, personas: vec![persona] }),
        }
    }
    Ok(Page(SignIn { frame, groups, providers, back }).into_response())
}

/// Signs in as the chosen persona.
pub async fn choose(
    State(app): State<App>,
    Form(choice): Form<Choice>,
) -> Result<Response, Problem> {
    demo_only(&app)?;
    let persona = personas(&app).iter().find(|it| it.slug == choice.persona).ok_or_else(|| {
        let detail = format!("`{}` is not a persona of the demo", choice.persona);
        Problem::field(&kinds::INVALID_FIELD, "persona", detail)
    })?;
    let now = app.clock.now();
    let session = Session {
        role: persona.role,
        id: persona.id(),
        acts_for: persona.acts_for().parse::<ActsFor>().ok(),
        name: persona.name.to_owned(),
        began: now,
        expires: now + LASTS,
        provider: CompactString::default(),
        granted: false,
    };
    let cookie = app.sessions.begin(&session, now)?;
    let next =
        if is_own_path(&choice.retour) { choice.retour.as_str() } else { home_of(persona.role) };
    Ok(([(SET_COOKIE, cookie)], Redirect::to(next)).into_response())
}

/// Whose part one can play here.
fn personas(app: &App) -> &'static [Persona] {
    if app.config.sandbox { &TESTERS } else { &PERSONAS }
}

fn demo_only(app: &App) -> Result<(), Problem> {
    if app.config.demo {
        return Ok(());
    }
    Err(Problem::not_found("personas exist in the demo only, and no provider is set up"))
}

/// Whether `path` stays on this site: `//example.org` and `/\example.org` do not.
pub fn is_own_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|it| it.is_ascii_graphic() && it != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_persona_is_someone_else_and_a_funders_agent_has_a_funder() {
        for (at, persona) in PERSONAS.iter().enumerate() {
            assert!(PERSONAS[..at].iter().all(|it| it.id() != persona.id()), "{persona:?}");
            let acts_for = matches!(persona.role, Role::Funder | Role::AuthorisingOfficer);
            assert_eq!(persona.funder().is_some(), acts_for, "{persona:?}");
        }
    }

    #[test]
    fn signing_in_never_leads_to_another_site() {
        assert!(is_own_path("/compte?page=2"));
        for path in ["", "compte", "//example.org", "/\\example.org", "https://example.org", "/a\n"]
        {
            assert!(!is_own_path(path), "{path}");
        }
    }
}
