//! `/connexion/…`: to the provider, back from it, and in which quality to go on.

use askama::Template;
use axum::extract::State;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use chrono::{DateTime, Utc};
use compact_str::CompactString;
use ledger_core::account::{Account, AccountCommand, AccountOpened, Holder};
use ledger_core::ids::AccountId;
use ledger_core::meta::{Actor, Role};
use ledger_core::person::{Person, Quality};
use serde::Deserialize;
use url::Url;

use super::failure::Failure;
use super::provider::{Provider, SignedIn};
use super::qualities::{self, Claims, needs_mfa};
use super::way::{Known, Leaving, Way};
use super::{person_of, shown};
use crate::app::App;
use crate::extract::{Form, Path, Query};
use crate::page::{Frame, Page, role_name};
use crate::personas::{home_of, is_own_path};
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::{ActsFor, LASTS, Session};

/// Where to go once signed in, and whether with two factors.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    retour: String,
    #[serde(default)]
    mfa: String,
}

/// What the provider gives back.
#[derive(Debug, Deserialize)]
pub struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

/// `templates/signin/failed.html`.
#[derive(Template)]
#[template(path = "signin/failed.html")]
struct FailedPage {
    frame: Frame,
    failure: Failure,
    /// Where to begin again.
    again: String,
}

/// `templates/signin/nobody.html`: signed in, without a role.
#[derive(Template)]
#[template(path = "signin/nobody.html")]
struct NobodyPage {
    frame: Frame,
    person: String,
    /// Qualities that need two factors, and where to show them.
    need_mfa: Vec<String>,
    again: String,
    /// Whether it is a teacher whose school is not known.
    no_school: bool,
}

/// `templates/signin/qualities.html`.
#[derive(Template)]
#[template(path = "signin/qualities.html")]
struct QualitiesPage {
    frame: Frame,
    qualities: Vec<(usize, String, String)>,
    need_mfa: Vec<String>,
    again: String,
}

fn redirect_of(public: &Url) -> Result<Url, Problem> {
    public.join("/oidc-callback").map_err(Problem::internal)
}

fn public(app: &App) -> Result<Url, Problem> {
    let settings = app.sign_in.settings.as_ref();
    settings.map(|it| it.public_url.clone()).ok_or_else(|| Problem::not_found("no provider"))
}

/// Leads to the provider.
pub async fn begin(
    State(app): State<App>,
    frame: Frame,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let provider = app.sign_in.provider(&slug);
    let provider = provider.ok_or_else(|| Problem::not_found("no such provider"))?;
    let now = app.clock.now();
    let back = if is_own_path(&asked.retour) { asked.retour } else { String::new() };
    let way = Way::new(&slug, back, !asked.mfa.is_empty(), now)?;
    let redirect = redirect_of(&public(&app)?)?;
    match provider.address(&way, &redirect, now).await {
        Ok(address) => {
            let address = HeaderValue::try_from(address.as_str()).map_err(Problem::internal)?;
            let cookie = way.cookie(&app.sessions)?;
            Ok((StatusCode::SEE_OTHER, [(LOCATION, address), (SET_COOKIE, cookie)]).into_response())
        }
        Err(failure) => failed(&app, frame, failure, &slug),
    }
}

/// Back from the provider: checks everything, and begins the session.
pub async fn end(
    State(app): State<App>,
    frame: Frame,
    request: RequestId,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let way = Way::read(&app.sessions, &headers, now).filter(|it| it.is(&answer.state));
    let Some(way) = way else { return failed(&app, frame, Failure::NotAsked, "") };
    let slug = way.provider.clone();
    let Some(provider) = app.sign_in.provider(&slug) else {
        return failed(&app, frame, Failure::NotAsked, "");
    };
    if !answer.error.is_empty() {
        let acr = answer.error_description.to_ascii_lowercase().contains("acr");
        let failure = if way.mfa && acr { Failure::NoMfa } else { Failure::Refused };
        return failed(&app, frame, failure, &slug);
    }
    let redirect = redirect_of(&public(&app)?)?;
    match provider.exchange(answer.code, &way, &redirect, now).await {
        Ok(signed_in) => admit(&app, frame, request, provider, &way, signed_in, now).await,
        Err(failure) => failed(&app, frame, failure, &slug),
    }
}

fn failed(app: &App, frame: Frame, failure: Failure, slug: &str) -> Result<Response, Problem> {
    tracing::warn!(provider = slug, "Not signed in: {failure}");
    let mfa = if failure == Failure::NoMfa { "?mfa=oui" } else { "" };
    let again =
        if slug.is_empty() { "/connexion".to_owned() } else { format!("/connexion/{slug}{mfa}") };
    let over = Way::over(&app.sessions)?;
    let status = failure.status();
    let page = Page(FailedPage { frame, failure, again });
    Ok((status, [(SET_COOKIE, over)], page).into_response())
}

/// Begins the session of whoever the provider says it is, if they have a quality.
async fn admit(
    app: &App,
    frame: Frame,
    request: RequestId,
    provider: &Provider,
    way: &Way,
    signed_in: SignedIn,
    now: DateTime<Utc>,
) -> Result<Response, Problem> {
    let SignedIn { claims, id_token } = signed_in;
    let issuer = provider.settings.issuer.as_str();
    let person = person_of(&app.person_key, issuer, &claims.subject);
    let today = app.clock.today();
    let granted = |it: &Person| it.roles_on(today).cloned().collect::<Vec<_>>();
    let granted = app.ledger.inspect::<Person, _>(person, granted).await?;
    let all = qualities::of(&provider.settings.rules, &claims, &granted);
    let (need_mfa, mut usable): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|it| needs_mfa(it.0.role) && !claims.mfa);
    let mut no_school = false;
    if usable.iter().any(|it| it.0.role == Role::Teacher) {
        no_school = !open_account(app, request, AccountId(person.0), &claims).await?;
        if no_school {
            usable.retain(|it| it.0.role != Role::Teacher);
        }
    }
    let leaving = Leaving { provider: way.provider.clone(), id_token };
    let leaving = leaving.cookie(&app.sessions, LASTS.num_seconds())?;
    let kept = AppendHeaders([(SET_COOKIE, Way::over(&app.sessions)?), (SET_COOKIE, leaving)]);
    let names = |of: &[(Quality, bool)]| of.iter().map(|it| called(&it.0)).collect::<Vec<_>>();
    let again = format!("/connexion/{}?mfa=oui", way.provider);
    match (&usable[..], need_mfa.is_empty()) {
        ([], _) => {
            let need_mfa = names(&need_mfa);
            let page = NobodyPage { frame, person: shown(person.0), need_mfa, again, no_school };
            Ok((StatusCode::FORBIDDEN, kept, Page(page)).into_response())
        }
        ([only], true) => {
            let session = session(person.0, &claims.name, &way.provider, only, now)?;
            let enter = enter(app, &session, &way.back, now)?;
            Ok((kept, enter).into_response())
        }
        (several, _) => {
            let known = Known {
                person: person.0,
                name: claims.name,
                provider: way.provider.clone(),
                qualities: several.to_vec(),
                need_mfa: need_mfa.into_iter().map(|it| it.0).collect(),
                back: way.back.clone(),
                until: Known::lasts(now),
            };
            let cookie = AppendHeaders([(SET_COOKIE, known.cookie(&app.sessions)?)]);
            let to = [(LOCATION, HeaderValue::from_static("/connexion/qualite"))];
            Ok((StatusCode::SEE_OTHER, kept, cookie, to).into_response())
        }
    }
}

/// Opens a teacher's account the first time; `false` when their school is not known.
async fn open_account(
    app: &App,
    request: RequestId,
    account: AccountId,
    claims: &Claims,
) -> Result<bool, Problem> {
    let open = app.ledger.inspect::<Account, _>(account, |it| it.holder.is_some()).await?;
    if open {
        return Ok(true);
    }
    let settings = app.sign_in.settings.as_ref();
    let Some(school) = settings.and_then(|it| it.schools.get(&claims.siret)) else {
        return Ok(false);
    };
    let opened = AccountOpened { holder: Holder::Teacher, school: school.into() };
    let meta = app.meta(Actor::PROCESS, request);
    app.ledger.execute::<Account>(account, &AccountCommand::Open(opened), meta).await?;
    Ok(true)
}

fn session(
    person: uuid::Uuid,
    name: &str,
    provider: &CompactString,
    (quality, granted): &(Quality, bool),
    now: DateTime<Utc>,
) -> Result<Session, Problem> {
    let acts_for = quality.acts_for.as_deref().map(str::parse::<ActsFor>).transpose();
    Ok(Session {
        role: quality.role,
        id: person,
        acts_for: acts_for.map_err(Problem::internal)?,
        name: if name.is_empty() { role_name(quality.role).to_owned() } else { name.to_owned() },
        began: now,
        expires: now + LASTS,
        provider: provider.clone(),
        granted: *granted,
    })
}

fn enter(
    app: &App,
    session: &Session,
    back: &str,
    now: DateTime<Utc>,
) -> Result<Response, Problem> {
    let to = if back.is_empty() { home_of(session.role) } else { back };
    let to = HeaderValue::try_from(to).map_err(Problem::internal)?;
    let cookie = app.sessions.begin(session, now)?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, to), (SET_COOKIE, cookie)]).into_response())
}

/// How a quality is called: its role, and for whom it acts.
pub(super) fn called(quality: &Quality) -> String {
    let role = role_name(quality.role);
    quality.acts_for.as_ref().map_or_else(|| role.to_owned(), |of| format!("{role}, {of}"))
}

/// Lets someone who has several qualities choose one.
pub async fn qualities(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(known) = Known::read(&app.sessions, &headers, app.clock.now()) else {
        return failed(&app, frame, Failure::NotAsked, "");
    };
    let numbered = known.qualities.iter().enumerate();
    let qualities = numbered.map(|(nth, (it, _))| {
        let of = it.acts_for.as_deref().unwrap_or_default().to_owned();
        (nth, role_name(it.role).to_owned(), of)
    });
    let need_mfa = known.need_mfa.iter().map(called).collect();
    let again = format!("/connexion/{}?mfa=oui", known.provider);
    let page = QualitiesPage { frame, qualities: qualities.collect(), need_mfa, again };
    Ok(Page(page).into_response())
}

/// Which quality was chosen.
#[derive(Debug, Deserialize)]
pub struct Chosen {
    qualite: usize,
}

/// Goes on in the chosen quality.
pub async fn choose(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let known = Known::read(&app.sessions, &headers, now);
    let Some((known, quality)) =
        known.and_then(|it| it.qualities.get(chosen.qualite).cloned().map(|quality| (it, quality)))
    else {
        return failed(&app, frame, Failure::NotAsked, "");
    };
    let session = session(known.person, &known.name, &known.provider, &quality, now)?;
    enter(&app, &session, &known.back, now)
}
