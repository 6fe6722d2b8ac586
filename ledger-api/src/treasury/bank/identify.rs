//! What parked lines are: the forms that say so, and what is done when they are sent.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use compact_str::CompactString;
use ledger_core::bank::Direction;
use ledger_core::ids::{BankAccountId, ConventionId, EnvelopeId, SettlementId};
use ledger_core::ledger::ExecuteError;
use ledger_core::money::Balance;
use ledger_core::process::statements as process;
use ledger_core::process::statements::{Funds, StatementsError};
use ledger_core::settlement::Stage;
use projections::reports::bank::BankLineRow;
use projections::reports::titles::TitlesOf;
use serde::Deserialize;

use super::sheet;
use crate::app::App;
use crate::extract::Form;
use crate::format::short_date;
use crate::page::Frame;
use crate::problem::{Problem, kinds};
use crate::reading;
use crate::security::RequestId;
use crate::session::Accountant;
use crate::sheet::{Block, Field, Kind, Sheet, SheetForm};
use crate::treasury::words::wrong;

/// How many envelopes can be chosen from.
const ENVELOPES: usize = 1_000;

/// What stands before the reference of a payment of ours, in a choice.
const PAYMENT: &str = "virement:";

/// What can be chosen: its value, and how it reads.
type Choices = Vec<(String, String)>;

/// The forms that say what the lines of `parked` are: one for what came in, one for what went out.
pub(super) fn forms(
    reader: &projections::Reader,
    parked: &[BankLineRow],
    sheet: &mut Sheet,
) -> Result<(), Problem> {
    let (incoming, outgoing): (Vec<_>, Vec<_>) =
        parked.iter().partition(|it| it.direction == Direction::In);
    if !incoming.is_empty() {
        let mut choices = funds(reader)?;
        choices.extend(payments(reader, Stage::Settled, "Virement revenu", &incoming)?);
        sheet.push(form(
            "classer",
            "Classer une recette",
            "Dire de qui viennent ces fonds, quel titre ils paient en entier, ou quel virement est revenu : l’écriture d’attente est contrepassée.",
            &incoming,
            choices,
            "Classer la recette",
        ));
    }
    if !outgoing.is_empty() {
        let mut choices = payments(reader, Stage::Sent, "Virement", &outgoing)?;
        choices.extend(returns(reader, &outgoing)?);
        if choices.is_empty() {
            sheet.push(Block::Text(
                "Aucun virement en cours n’a le montant d’une dépense à classer : une correction la rattache."
                    .to_owned(),
            ));
        } else {
            sheet.push(form(
                "classer-depense",
                "Classer une dépense",
                "Dire de quel virement c’est le débit, quand la banque n’a pas rendu sa référence : même montant, au centime.",
                &outgoing,
                choices,
                "Classer la dépense",
            ));
        }
    }
    Ok(())
}

fn form(
    id: &'static str,
    heading: &'static str,
    hint: &str,
    lines: &[&BankLineRow],
    choices: Choices,
    button: &'static str,
) -> Block {
    let account = lines.first().map_or(String::new(), |it| it.account.to_string());
    let named = |it: &&BankLineRow| {
        (it.line.clone(), format!("{} du {} : {}", it.line, short_date(it.booked), it.amount))
    };
    Block::Form(SheetForm {
        id,
        action: "/comptable/banque/lignes".to_owned(),
        heading,
        hint: hint.to_owned(),
        fields: vec![
            Field::new("compte", "", Kind::Hidden).value(account),
            Field::new("ligne", "Ligne", Kind::Choice(lines.iter().map(named).collect())),
            Field::new("fonds", "Ce que c’est", Kind::Choice(choices)),
        ],
        button,
        file: false,
    })
}

/// Conventions, envelopes and titles that money may be for.
fn funds(reader: &projections::Reader) -> Result<Choices, Problem> {
    let conventions = reader.conventions(None).map_err(reading::failed)?;
    let conventions = conventions.into_iter().filter_map(|(id, it)| {
        let signed = it.signed?;
        Some((id.to_string(), format!("Convention : {}, {}", signed.funder_name, signed.title)))
    });
    let envelopes = reader.envelopes(None, None, ENVELOPES).map_err(reading::failed)?.rows;
    let envelopes = envelopes
        .into_iter()
        .map(|it| (it.id.to_string(), format!("Enveloppe : {}, {}", it.funder_name, it.title)));
    let titles = reader.titles(TitlesOf::Open).map_err(reading::failed)?;
    let titles = titles.into_iter().map(|it| {
        let (title, total) = (it.title.reference, it.title.total);
        (it.settlement.to_string(), format!("Titre : {title}, {}, {total}", it.partner_name))
    });
    Ok(conventions.chain(envelopes).chain(titles).collect())
}

/// Payments at `stage` of the sum of one of `lines`.
fn payments(
    reader: &projections::Reader,
    stage: Stage,
    what: &str,
    lines: &[&BankLineRow],
) -> Result<Choices, Problem> {
    let rows = reader.settlements_at(&[stage]).map_err(reading::failed)?;
    let choices = rows.into_iter().filter_map(|it| {
        let sent = it.state.sent?;
        let told = format!(
            "{what} : {}, {}, période du {}",
            it.partner_name,
            sent.amount,
            short_date(it.period)
        );
        of_that_sum(lines, sent.amount.into())
            .then(|| (format!("{PAYMENT}{}", sent.end_to_end), told))
    });
    Ok(choices.collect())
}

/// Returns to collectivités under way, of the sum of one of `lines`.
fn returns(reader: &projections::Reader, lines: &[&BankLineRow]) -> Result<Choices, Problem> {
    let conventions = reader.conventions(None).map_err(reading::failed)?;
    let choices = conventions.into_iter().filter_map(|(_, it)| {
        let (name, sent) = (it.signed?.funder_name, it.returning?.sent?);
        let told = format!("Restitution : {name}, {}", sent.amount);
        of_that_sum(lines, sent.amount.into())
            .then(|| (format!("{PAYMENT}{}", sent.end_to_end), told))
    });
    Ok(choices.collect())
}

fn of_that_sum(lines: &[&BankLineRow], sum: Balance) -> bool {
    lines.iter().any(|it| it.amount == sum)
}

/// What a parked line is, as sent.
#[derive(Debug, Default, Deserialize)]
pub(in crate::treasury) struct Identified {
    #[serde(default)]
    compte: String,
    #[serde(default)]
    ligne: String,
    #[serde(default)]
    fonds: String,
}

/// What somebody says that a line is.
enum Said {
    Funds(Funds),
    Payment(CompactString),
}

impl Said {
    fn read(text: &str) -> Result<Self, Problem> {
        if let Some(reference) = text.strip_prefix(PAYMENT) {
            return Ok(Self::Payment(reference.into()));
        }
        if let Ok(convention) = text.parse::<ConventionId>() {
            return Ok(Self::Funds(Funds::Convention(convention)));
        }
        if let Ok(envelope) = text.parse::<EnvelopeId>() {
            return Ok(Self::Funds(Funds::Envelope(envelope)));
        }
        let fee = text.parse::<SettlementId>().map_err(|_| {
            let told =
                "Choisissez une convention, une enveloppe, un titre ou un virement de la liste.";
            wrong("fonds", told)
        });
        fee.map(|it| Self::Funds(Funds::Fee(it)))
    }
}

/// Says what a parked line is.
pub(in crate::treasury) async fn said(
    State(app): State<App>,
    Accountant(session): Accountant,
    request: RequestId,
    frame: Frame,
    Form(form): Form<Identified>,
) -> Result<Response, Problem> {
    let meta = app.meta(session.actor(), request);
    let done = async {
        let account: BankAccountId =
            form.compte.parse().map_err(|_| wrong("compte", "Rechargez la page."))?;
        let line = form.ligne.as_str().into();
        let done = match Said::read(&form.fonds)? {
            Said::Funds(funds) => process::identify(&app.ledger, account, &line, funds, meta).await,
            Said::Payment(reference) => {
                process::identify_payment(&app.ledger, account, &line, &reference, meta).await
            }
        };
        match done {
            Ok(()) => Ok(()),
            Err(StatementsError::Bank(ExecuteError::Refused(it))) => Err(it.into()),
            Err(StatementsError::NotThat(why)) => {
                let told =
                    "La ligne n’est pas cela : ni ce sens, ni ce montant, ou plus maintenant.";
                Err(Problem::new(&kinds::ACT_REFUSED, why).told(told))
            }
            Err(error) => Err(Problem::internal(error)),
        }
    };
    match done.await {
        Ok(()) => Ok(Redirect::to("/comptable/banque").into_response()),
        Err(problem) => Ok(sheet(&app, frame, &session).await?.refused(&problem)),
    }
}
