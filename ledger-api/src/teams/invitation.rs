//! An invitation to join a team: an address that its manager gives, sealed by the service, and that
//! holds for seven days as long as who gave it is a manager.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::TimeDelta;
use ledger_core::account::{Account, AccountCommand, Authority, TeamCommand, TeamRole};
use ledger_core::ids::AccountId;
use uuid::Uuid;

use super::{Sees, authority, no_such_team, one, seen};
use crate::app::App;
use crate::extract::Path;
use crate::page::Frame;
use crate::problem::{Problem, kinds};
use crate::security::RequestId;
use crate::session::{Session, Teacher};
use crate::sheet::{Block, Fact, Sheet, SheetForm};

/// What an invitation is sealed for.
const INVITATION: &[u8] = b"invitation to a team";

/// How long it holds.
const HOLDS: TimeDelta = TimeDelta::days(7);

/// A team, who invites to it, and until when.
struct Invitation {
    team: AccountId,
    manager: AccountId,
}

/// Makes an invitation, and shows its address once.
pub async fn make(
    State(app): State<App>,
    session: Session,
    frame: Frame,
    headers: HeaderMap,
    Path(team): Path<AccountId>,
) -> Result<Response, Problem> {
    let by = authority(&session)?;
    let (_, sees) = seen(&app, team, by).await?;
    if sees != Sees::Manager {
        return Err(Problem::new(&kinds::NOT_YOURS_TO_DECIDE, "only a manager invites"));
    }
    let until = app.clock.now() + HOLDS;
    let mut plain = [0; 40];
    plain[..16].copy_from_slice(team.0.as_bytes());
    plain[16..32].copy_from_slice(by.account().0.as_bytes());
    plain[32..].copy_from_slice(&until.timestamp().to_be_bytes());
    let sealed = app.sessions.seal(INVITATION, &plain)?;
    let origin = app.config.origin_for(headers.get(HOST).and_then(|it| it.to_str().ok()));
    let mut sheet = one::page(&app, by, frame, team).await?;
    let facts = vec![
        Fact::new(
            "Adresse à donner à vos collègues",
            format!("{origin}/equipes/rejoindre/{sealed}"),
        ),
        Fact::new("Valable jusqu’au", crate::format::long_moment(until)),
    ];
    sheet.blocks.insert(0, Block::Facts(facts));
    sheet.blocks.insert(0, Block::Notice("success", "Invitation créée.".to_owned()));
    Ok(sheet.answer())
}

/// Shows what one is invited to.
pub async fn show(
    State(app): State<App>,
    Teacher(session): Teacher,
    frame: Frame,
    Path(sealed): Path<String>,
) -> Result<Response, Problem> {
    let invitation = read(&app, &sealed)?;
    let look = |it: &Account| it.team().map(|it| (it.name.clone(), it.members.len()));
    let team = app.ledger.inspect::<Account, _>(invitation.team, look).await?;
    let (name, members) = team.ok_or_else(no_such_team)?;
    let lead = "Vous pourrez acheter avec le compte de cette équipe, dans ses limites.";
    let mut sheet = Sheet::new(frame, format!("Rejoindre « {name} »"), lead);
    sheet.above.push(("/equipes", "Mes équipes"));
    sheet.push(Block::Facts(vec![
        Fact::new("Équipe", &name),
        Fact::new("Membres", members),
        Fact::new("Vous êtes", &session.name),
    ]));
    sheet.push(Block::Form(SheetForm {
        id: "rejoindre",
        action: format!("/equipes/rejoindre/{sealed}"),
        heading: "",
        hint: "Les autres membres verront la fin de l’identifiant de votre compte, pas votre nom."
            .to_owned(),
        fields: vec![],
        button: "Rejoindre l’équipe",
        file: false,
    }));
    Ok(sheet.answer())
}

/// Joins it, and leads to it; sent again, it changes nothing.
pub async fn join(
    State(app): State<App>,
    Teacher(session): Teacher,
    request: RequestId,
    Path(sealed): Path<String>,
) -> Result<Response, Problem> {
    let Invitation { team, manager } = read(&app, &sealed)?;
    let member = AccountId(session.id);
    let known = |it: &Account| it.team().is_some_and(|it| it.role_of(member).is_some());
    if !app.ledger.inspect::<Account, _>(team, known).await? {
        let by = Authority::Teacher(manager);
        let add = TeamCommand::Add { member, role: TeamRole::Member, by };
        let meta = app.meta(session.actor(), request);
        app.ledger.execute::<Account>(team, &AccountCommand::Team(add), meta).await?;
    }
    Ok(Redirect::to(&format!("/equipes/{team}")).into_response())
}

/// The invitation, if this service made it and it holds.
fn read(app: &App, sealed: &str) -> Result<Invitation, Problem> {
    let over = || {
        Problem::not_found("no such invitation, or it is over")
            .told("Cette invitation n’est plus valable : demandez-en une autre au responsable.")
    };
    let plain = app.sessions.open_sealed(INVITATION, sealed).ok_or_else(over)?;
    let plain: [u8; 40] = plain.try_into().map_err(|_| over())?;
    let id = |at: usize| Uuid::from_slice(&plain[at..at + 16]).map(AccountId);
    let (Ok(team), Ok(manager)) = (id(0), id(16)) else { return Err(over()) };
    let mut until = [0; 8];
    until.copy_from_slice(&plain[32..]);
    if app.clock.now().timestamp() >= i64::from_be_bytes(until) {
        return Err(over());
    }
    Ok(Invitation { team, manager })
}
