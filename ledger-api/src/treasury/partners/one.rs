//! `/comptable/partenaires/{partner}`: what is known of one, and what is done with it.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use ledger_core::ids::PartnerId;
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::{Actor, Role, accounting_day};
use ledger_core::partner::{BankDetailsProposed, Iban, Partner, PartnerCommand};
use ledger_core::stream::StreamId;
use serde::Deserialize;

use super::fee;
use super::known::{self, Known};
use super::{details, path};
use crate::app::App;
use crate::extract::{Form, Path};
use crate::format::{iban, long_date};
use crate::page::Frame;
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::{Reader, Session};
use crate::sheet::{Block, Fact, Field, Kind, Sheet, SheetForm};
use crate::treasury::words::{who, wrong};

/// Shows it.
pub(in crate::treasury) async fn show(
    State(app): State<App>,
    Reader(session): Reader,
    frame: Frame,
    Path(id): Path<PartnerId>,
) -> Result<Response, Problem> {
    Ok(sheet(&app, frame, &session, id).await?.answer())
}

async fn sheet(
    app: &App,
    frame: Frame,
    session: &Session,
    id: PartnerId,
) -> Result<Sheet, Problem> {
    let known = known::one(app, id).await?;
    if known.state.registered.is_none() {
        return Err(Problem::not_found("no such partner"));
    }
    let mut sheet = Sheet::new(frame, known.name(), "");
    sheet.above.push(("/comptable/partenaires", "Partenaires"));
    sheet.push(Block::Facts(facts(&known)));
    sheet.heading("coordonnees-bancaires", "Coordonnées bancaires");
    sheet.push(Block::Facts(bank_facts(&known)));
    if let Some(it) = &known.state.rejected {
        let text = format!(
            "L’IBAN {} a été refusé par {} : {}",
            iban(it.iban.as_str()),
            who(it.by),
            it.reason
        );
        sheet.push(Block::Notice("warning", text));
    }
    if let Some(proposed) = &known.state.proposed {
        deciding(&mut sheet, id, proposed, session.actor());
    }
    sheet.push(form(
        id,
        "coordonnees",
        "Proposer des coordonnées bancaires",
        "Une autre personne les approuvera. D’ici là, le partenaire est payé sur les précédentes, ou n’est pas payé. Elles remplacent celles qui attendent.",
        vec![
            Field::new("iban", "IBAN", Kind::Text)
                .hint("Comme sur le relevé d’identité bancaire, avec ou sans espaces."),
        ],
        "Proposer ces coordonnées",
    ));
    fee::show(&mut sheet, &known, session, app.clock.today());
    sheet.push(selling(id, &known.state));
    Ok(sheet)
}

fn facts(known: &Known) -> Vec<Fact> {
    let mut facts = vec![];
    if let Some(it) = &known.state.registered {
        facts.push(Fact::new("SIRET", it.siret));
        facts.push(Fact::new("SIREN", known.siren()));
        facts.push(Fact::new("Convention", &it.agreement));
    }
    facts.push(match &known.state.suspended {
        None => Fact::new("Ventes", "Ouvertes").badge("success"),
        Some(_) => Fact::new("Ventes", "Suspendues").badge("warning"),
    });
    if let Some(reason) = &known.state.suspended {
        facts.push(Fact::new("Motif de la suspension", reason));
    }
    for feed in &known.state.feeds {
        facts.push(
            Fact::new("Flux d’offres", &feed.url)
                .leading(format!("/comptable/flux-partenaires/{}", known.id)),
        );
    }
    facts.push(
        Fact::new("Règlements", "les siens")
            .leading(format!("/comptable/reglements?partenaire={}", known.id)),
    );
    facts.push(
        Fact::new("Événements", known.id)
            .leading(format!("/comptable/flux/{}", StreamId::from(known.id))),
    );
    facts
}

fn bank_facts(known: &Known) -> Vec<Fact> {
    let state = &known.state;
    let tone = match (&state.approved, &state.proposed) {
        (Some(_), None) => "success",
        (None | Some(_), Some(_)) => "warning",
        (None, None) => "neutral",
    };
    let mut facts = vec![Fact::new("Coordonnées", details(state)).badge(tone)];
    if let Some(it) = &state.approved {
        facts.push(Fact::new("IBAN où il est payé", iban(it.iban.as_str())));
        facts.push(Fact::new("Proposé par", who(it.proposed_by)));
        facts.push(Fact::new("Approuvé par", who(it.by)));
    }
    if let Some(it) = &state.proposed {
        facts.push(Fact::new("IBAN à approuver", iban(it.iban.as_str())));
        facts.push(Fact::new("Proposé par", who(it.by)));
    }
    if let Some(since) = known.since {
        facts.push(Fact::new("Depuis le", long_date(accounting_day(since))));
    }
    facts
}

/// The form with which what is proposed is decided on.
fn deciding(sheet: &mut Sheet, id: PartnerId, proposed: &BankDetailsProposed, by: Actor) {
    let own = proposed.by.id == by.id;
    let shown = iban(proposed.iban.as_str());
    let mut choices = vec![("refuser", if own { "Retirer" } else { "Refuser" })];
    let hint = if own {
        format!("{shown} — proposé par vous : une autre personne doit l’approuver.")
    } else if by.role == Role::Accountant {
        choices.insert(0, ("approuver", "Approuver"));
        format!("{shown} — proposé par {}.", who(proposed.by))
    } else {
        format!("{shown} — proposé par {} : un comptable doit l’approuver.", who(proposed.by))
    };
    let chosen = choices.first().map_or("", |it| it.0);
    let choices = choices.into_iter().map(|(value, label)| (value.to_owned(), label.to_owned()));
    sheet.push(form(
        id,
        "decision",
        "Approuver ou refuser",
        &hint,
        vec![
            // What was read on this page, so that nothing proposed since is approved unseen.
            Field::new("iban", "", Kind::Hidden).value(proposed.iban.as_str()),
            Field::new("decision", "Décision", Kind::Choice(choices.collect())).value(chosen),
            Field::new("motif", "Motif, pour un refus", Kind::Text),
        ],
        "Décider",
    ));
}

/// The form with which its offers are sold no more, or again.
fn selling(id: PartnerId, state: &Partner) -> Block {
    if state.suspended.is_some() {
        return form(
            id,
            "reprise",
            "Rétablir le partenaire",
            "Ses offres se vendent de nouveau.",
            vec![],
            "Rétablir",
        );
    }
    form(
        id,
        "suspension",
        "Suspendre le partenaire",
        "Ses offres ne se vendent plus ; ce qui lui est dû le reste.",
        vec![Field::new("motif", "Motif", Kind::Area)],
        "Suspendre",
    )
}

pub(super) fn form(
    partner: PartnerId,
    act: &'static str,
    heading: &'static str,
    hint: &str,
    fields: Vec<Field>,
    button: &'static str,
) -> Block {
    Block::Form(SheetForm {
        id: act,
        action: format!("{}/{act}", path(partner)),
        heading,
        hint: hint.to_owned(),
        fields,
        button,
        file: false,
    })
}

/// What stands around an act: who does it, in which request, on which partner.
pub(super) struct Act {
    pub(super) app: App,
    pub(super) session: Session,
    pub(super) request: RequestId,
    pub(super) frame: Frame,
    pub(super) id: PartnerId,
}

impl Act {
    /// Carries out `command`; then the partner's page, or why not above it.
    pub(super) async fn carry_out(
        self,
        command: Result<PartnerCommand, Problem>,
    ) -> Result<Response, Problem> {
        let problem = match command {
            Ok(command) => {
                let meta = self.app.meta(self.session.actor(), self.request);
                match self.app.ledger.execute::<Partner>(self.id, &command, meta).await {
                    Ok(_) => return Ok(Redirect::to(&path(self.id)).into_response()),
                    Err(ExecuteError::Refused(refusal)) => refusal.into(),
                    Err(error) => return Err(error.into()),
                }
            }
            Err(problem) => problem,
        };
        Ok(sheet(&self.app, self.frame, &self.session, self.id).await?.refused(&problem))
    }
}

/// An account, a decision, a reason: as the act needs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::treasury) struct Acted {
    iban: String,
    decision: String,
    motif: String,
}

impl Acted {
    fn iban(&self) -> Result<Iban, Problem> {
        let told = "Ce n’est pas un IBAN, ou il a une faute de frappe. Écrivez-le comme FR76 3000 6000 0112 3456 7890 189.";
        self.iban.parse().map_err(|_| wrong("iban", told))
    }
}

/// Says where it is to be paid.
pub(in crate::treasury) async fn propose(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<PartnerId>,
    Form(form): Form<Acted>,
) -> Result<Response, Problem> {
    let by = session.actor();
    let command = form
        .iban()
        .map(|iban| PartnerCommand::ProposeBankDetails(BankDetailsProposed { iban, by }));
    Act { app, session, request, frame, id }.carry_out(command).await
}

/// Approves what another person proposed, or refuses it.
pub(in crate::treasury) async fn decide(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<PartnerId>,
    Form(form): Form<Acted>,
) -> Result<Response, Problem> {
    let by = session.actor();
    let approves = form.decision == "approuver";
    if approves {
        session.clone().acting_as(&[Role::Accountant])?;
    }
    let reason = form.motif.trim().into();
    let command = form.iban().map(|iban| {
        if approves {
            PartnerCommand::ApproveBankDetails { iban, by }
        } else {
            PartnerCommand::RejectBankDetails { iban, reason, by }
        }
    });
    Act { app, session, request, frame, id }.carry_out(command).await
}

/// Sells its offers no more.
pub(in crate::treasury) async fn suspend(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<PartnerId>,
    Form(form): Form<Acted>,
) -> Result<Response, Problem> {
    let command = PartnerCommand::Suspend { reason: form.motif.trim().into() };
    Act { app, session, request, frame, id }.carry_out(Ok(command)).await
}

/// Sells them again.
pub(in crate::treasury) async fn resume(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<PartnerId>,
) -> Result<Response, Problem> {
    Act { app, session, request, frame, id }.carry_out(Ok(PartnerCommand::Resume)).await
}
