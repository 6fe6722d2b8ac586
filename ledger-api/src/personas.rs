//! `/connexion`: the demo's sign-in, by choosing a persona. Only in the demo, on loopback.

use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use fixtures::personas::{PERSONAS, Persona};
use ledger_core::meta::Role;
use serde::Deserialize;

use crate::app::App;
use crate::extract::{Form, Query};
use crate::page::{Frame, Page, role_name};
use crate::problem::{Problem, kinds};
use crate::session::{ActsFor, LASTS, Session};

/// Where a persona lands when they were not on their way to some page.
pub const fn home(persona: &Persona) -> &'static str {
    match persona.role {
        Role::Teacher => "/catalogue",
        Role::Funder | Role::AuthorisingOfficer => "/financeur/enveloppes",
        Role::Accountant | Role::Auditor => "/comptable/balance",
        Role::HeadOfSchool
        | Role::PartnerAgent
        | Role::Support
        | Role::Administrator
        | Role::Client
        | Role::Process
        | Role::Operator => "/",
    }
}

/// `templates/signin.html`.
#[derive(Template)]
#[template(path = "signin.html")]
struct SignIn {
    frame: Frame,
    groups: Vec<Group>,
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
    demo_only(&app)?;
    let mut groups: Vec<Group> = vec![];
    for persona in &PERSONAS {
        let role = role_name(persona.role);
        match groups.iter_mut().find(|it| it.role == role) {
            Some(group) => group.personas.push(persona),
            None => groups.push(Group { role, personas: vec![persona] }),
        }
    }
    Ok(Page(SignIn { frame, groups, back: back.retour }).into_response())
}

/// Signs in as the chosen persona.
pub async fn choose(
    State(app): State<App>,
    Form(choice): Form<Choice>,
) -> Result<Response, Problem> {
    demo_only(&app)?;
    let persona = Persona::by_slug(&choice.persona).ok_or_else(|| {
        let detail = format!("`{}` is not a persona of the demo", choice.persona);
        Problem::field(&kinds::INVALID_FIELD, "persona", detail)
    })?;
    let now = app.clock.now();
    let session = Session {
        role: persona.role,
        id: persona.id(),
        acts_for: persona.funder().map(ActsFor::Funder),
        name: persona.name.to_owned(),
        expires: now + LASTS,
    };
    let cookie = app.sessions.begin(&session, now)?;
    let next = if is_own_path(&choice.retour) { choice.retour.as_str() } else { home(persona) };
    Ok(([(SET_COOKIE, cookie)], Redirect::to(next)).into_response())
}

/// Signs out.
pub async fn leave(State(app): State<App>) -> Result<Response, Problem> {
    Ok(([(SET_COOKIE, app.sessions.end()?)], Redirect::to("/")).into_response())
}

fn demo_only(app: &App) -> Result<(), Problem> {
    if app.config.demo {
        return Ok(());
    }
    Err(Problem::not_found("personas exist in the demo only"))
}

/// Whether `path` stays on this site: `//example.org` and `/\example.org` do not.
fn is_own_path(path: &str) -> bool {
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
