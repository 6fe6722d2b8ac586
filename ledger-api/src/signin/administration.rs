//! `/administration/personnes`: who was given which role, by whom; to give one, and take one back.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use compact_str::CompactString;
use ledger_core::ids::PersonId;
use ledger_core::meta::Role;
use ledger_core::person::{Person, PersonCommand, Quality, RoleGranted, RoleRevoked};
use serde::Deserialize;

use super::pages::called;
use crate::app::App;
use crate::extract::{Form, Query};
use crate::format;
use crate::page::{Frame, Page, role_name};
use crate::problem::{Problem, kinds};
use crate::reading;
use crate::security::RequestId;
use crate::session::Administrator;

/// The roles that may be granted: all but a teacher's, which follows from the school.
const GRANTABLE: [Role; 8] = [
    Role::HeadOfSchool,
    Role::Funder,
    Role::AuthorisingOfficer,
    Role::Accountant,
    Role::PartnerAgent,
    Role::Auditor,
    Role::Support,
    Role::Administrator,
];

/// `templates/signin/administration.html`.
#[derive(Template)]
#[template(path = "signin/administration.html")]
struct PersonsPage {
    frame: Frame,
    rows: Vec<Row>,
    roles: Vec<(&'static str, &'static str)>,
}

/// One role of one person.
struct Row {
    person: String,
    called: String,
    role: &'static str,
    acts_for: String,
    until: String,
}

/// What has just been done.
#[derive(Debug, Deserialize)]
pub struct Since {
    fait: Option<String>,
}

/// Shows who was given which role.
pub async fn show(
    State(app): State<App>,
    Administrator(_): Administrator,
    frame: Frame,
    Query(since): Query<Since>,
) -> Result<Response, Problem> {
    let known = reading::latest(&app).await?.persons().map_err(reading::failed)?;
    let mut rows = vec![];
    for id in known {
        let person = app.ledger.inspect::<Person, _>(id, Person::clone).await?;
        rows.extend(person.granted.iter().map(|(quality, until)| Row {
            person: id.to_string(),
            called: called(quality),
            role: quality.role.name(),
            acts_for: quality.acts_for.as_deref().unwrap_or_default().to_owned(),
            until: until.map(format::long_date).unwrap_or_default(),
        }));
    }
    let frame = match since.fait.as_deref() {
        Some("accorde") => frame.with_notice("success", "La qualité est accordée."),
        Some("retire") => frame.with_notice("success", "La qualité est retirée, à l’instant."),
        Some(_) | None => frame,
    };
    let roles = GRANTABLE.map(|it| (it.name(), role_name(it))).to_vec();
    Ok(Page(PersonsPage { frame, rows, roles }).into_response())
}

/// The form of a role that is given.
#[derive(Debug, Deserialize)]
pub struct Grant {
    personne: String,
    qualite: Role,
    #[serde(default)]
    pour: String,
    #[serde(default)]
    jusquau: String,
}

fn person(text: &str) -> Result<PersonId, Problem> {
    text.trim().parse().map_err(|it| Problem::field(&kinds::INVALID_FIELD, "personne", it))
}

fn quality(role: Role, acts_for: &str) -> Quality {
    let acts_for = Some(CompactString::from(acts_for.trim())).filter(|it| !it.is_empty());
    Quality { role, acts_for }
}

/// Gives a role.
pub async fn grant(
    State(app): State<App>,
    Administrator(session): Administrator,
    request: RequestId,
    Form(form): Form<Grant>,
) -> Result<Response, Problem> {
    let person = person(&form.personne)?;
    let until = match form.jusquau.trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| {
            Problem::field(&kinds::INVALID_FIELD, "jusquau", "expected a day, as 2027-08-31")
        })?),
    };
    let quality = quality(form.qualite, &form.pour);
    let granted = RoleGranted { quality, until, by: session.actor() };
    let command = PersonCommand::Grant { person, granted };
    let meta = app.meta(session.actor(), request);
    app.ledger.execute::<Person>(person, &command, meta).await?;
    Ok(Redirect::to("/administration/personnes?fait=accorde").into_response())
}

/// The form of a role that is taken back.
#[derive(Debug, Deserialize)]
pub struct Revoke {
    personne: String,
    qualite: Role,
    #[serde(default)]
    pour: String,
}

/// Takes a role back: its sessions are over with the next request.
pub async fn revoke(
    State(app): State<App>,
    Administrator(session): Administrator,
    request: RequestId,
    Form(form): Form<Revoke>,
) -> Result<Response, Problem> {
    let person = person(&form.personne)?;
    let quality = quality(form.qualite, &form.pour);
    let command = PersonCommand::Revoke(RoleRevoked { quality, by: session.actor() });
    let meta = app.meta(session.actor(), request);
    app.ledger.execute::<Person>(person, &command, meta).await?;
    Ok(Redirect::to("/administration/personnes?fait=retire").into_response())
}
