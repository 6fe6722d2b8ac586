//! What is done about a partner's feeds; each act answers with the partner's page.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use ledger_core::harvest::{Harvest, HarvestCommand, HoldLifted};
use ledger_core::ids::{HarvestId, PartnerId};
use ledger_core::ledger::ExecuteError;
use ledger_core::partner::{FeedDeclared, FeedFormat, FeedRemoved, Partner, PartnerCommand};
use serde::Deserialize;

use super::{partner, words};
use crate::app::App;
use crate::extract::{Form, Path};
use crate::page::Frame;
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::{Reader, Session};
use crate::treasury::words::wrong;

/// A feed, an address, a reason: as the act needs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Acted {
    format: String,
    adresse: String,
    domaines: String,
    motif: String,
}

impl Acted {
    fn format(&self) -> Result<FeedFormat, Problem> {
        self.format.parse().map_err(|_| wrong("format", "Choisissez un format de la liste."))
    }
}

/// What stands around an act.
struct Act {
    app: App,
    session: Session,
    request: RequestId,
    frame: Frame,
    id: PartnerId,
}

impl Act {
    async fn of_partner(
        self,
        command: Result<PartnerCommand, Problem>,
    ) -> Result<Response, Problem> {
        let problem = match command {
            Ok(command) => {
                let meta = self.app.meta(self.session.actor(), self.request);
                match self.app.ledger.execute::<Partner>(self.id, &command, meta).await {
                    Ok(_) => return self.done().await,
                    Err(ExecuteError::Refused(refusal)) => refusal.into(),
                    Err(error) => return Err(error.into()),
                }
            }
            Err(problem) => problem,
        };
        self.refused(&problem)
    }

    /// Shows the partner's page, which knows of the act, and has its feeds read.
    async fn done(self) -> Result<Response, Problem> {
        drop(crate::reading::latest(&self.app).await?);
        self.app.feeds.ask(self.id);
        Ok(Redirect::to(&words::path(self.id)).into_response())
    }

    fn refused(self, problem: &Problem) -> Result<Response, Problem> {
        Ok(partner::sheet(&self.app, self.frame, &self.session, self.id, None)?.refused(problem))
    }
}

/// Says where a feed is.
pub(super) async fn declare(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<PartnerId>,
    Form(form): Form<Acted>,
) -> Result<Response, Problem> {
    let command = form.format().map(|format| {
        let url = form.adresse.trim().into();
        let hosts = form.domaines.split([' ', ',', ';']).filter(|it| !it.is_empty());
        PartnerCommand::DeclareFeed(FeedDeclared {
            url,
            format,
            hosts: hosts.map(Into::into).collect(),
        })
    });
    Act { app, session, request, frame, id }.of_partner(command).await
}

/// Asks a feed no more.
pub(super) async fn remove(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<PartnerId>,
    Form(form): Form<Acted>,
) -> Result<Response, Problem> {
    let command = form.format().map(|format| PartnerCommand::RemoveFeed(FeedRemoved { format }));
    Act { app, session, request, frame, id }.of_partner(command).await
}

/// Has the partner asked at once.
pub(super) async fn read_now(
    State(app): State<App>,
    _: Reader,
    Path(id): Path<PartnerId>,
) -> Result<Response, Problem> {
    app.feeds.ask(id);
    Ok(Redirect::to(&words::path(id)).into_response())
}

/// Lets a held feed through.
pub(super) async fn lift(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<PartnerId>,
    Form(form): Form<Acted>,
) -> Result<Response, Problem> {
    let act = Act { app, session, request, frame, id };
    let format = match form.format() {
        Ok(format) => format,
        Err(problem) => return act.refused(&problem),
    };
    let (reason, by) = (form.motif.trim().into(), act.session.actor());
    let command = HarvestCommand::Lift(HoldLifted { format, reason, by });
    let meta = act.app.meta(by, act.request);
    match act.app.ledger.execute::<Harvest>(HarvestId::of(id), &command, meta).await {
        Ok(_) => act.done().await,
        Err(ExecuteError::Refused(refusal)) => act.refused(&refusal.into()),
        Err(error) => Err(error.into()),
    }
}
