//! `/comptable/financements`: funders' money that arrived at the bank, recorded by the accountant.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use compact_str::CompactString;
use ledger_core::envelope::{Envelope, EnvelopeCommand};
use ledger_core::event_log::Position;
use ledger_core::ids::{EnvelopeId, ReceiptId};
use ledger_core::money::{Balance, Budget};
use projections::reports::envelopes::EnvelopeRow;
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::extract::{Form, Query};
use crate::page::{Frame, Page};
use crate::problem::{Problem, kinds};
use crate::reading;
use crate::security::RequestId;
use crate::session::Accountant;

/// How many envelopes can be chosen from.
const ENVELOPES_MAX: usize = 1_000;

/// The longest bank reference, in characters.
const REFERENCE_MAX: usize = 140;

/// What follows the `?`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    enregistre: Option<Position>,
}

/// What the accountant wrote.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Receipt {
    /// The form's own id: sent twice, it is recorded once.
    saisie: String,
    #[serde(default)]
    enveloppe: String,
    #[serde(default)]
    montant: String,
    #[serde(default)]
    reference: String,
}

/// What is wrong in a form: the field, and what would be right.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    field: &'static str,
    told: String,
}

/// A receipt that can be recorded.
struct Read {
    receipt: ReceiptId,
    envelope: EnvelopeId,
    amount: Budget,
    reference: CompactString,
}

impl Receipt {
    fn read(&self) -> Result<Read, Vec<Wrong>> {
        let mut wrong = vec![];
        let mut refuse = |field, told: &str| wrong.push(Wrong { field, told: told.to_owned() });
        let form = Uuid::try_parse(&self.saisie).ok();
        if form.is_none() {
            refuse("saisie", "Ce formulaire est incomplet : rechargez la page.");
        }
        let envelope = self.enveloppe.parse().ok();
        if envelope.is_none() {
            refuse("enveloppe", "Choisissez une enveloppe de la liste.");
        }
        let amount = self.montant.parse().ok();
        if amount.is_none() {
            refuse("montant", "Écrivez une somme en euros, comme 12 500,00.");
        }
        let reference = self.reference.trim();
        let fits = (1..=REFERENCE_MAX).contains(&reference.chars().count())
            && !reference.contains(char::is_control);
        if !fits {
            refuse("reference", "Recopiez la référence du relevé, de 1 à 140 caractères.");
        }
        match (form, envelope, amount) {
            (Some(form), Some(envelope), Some(amount)) if fits => Ok(Read {
                receipt: ReceiptId::derived(form, b"receipt"),
                envelope,
                amount,
                reference: reference.into(),
            }),
            _ => Err(wrong),
        }
    }
}

/// `templates/audit/receipts.html`.
#[derive(Template)]
#[template(path = "audit/receipts.html")]
struct ReceiptsPage {
    frame: Frame,
    envelopes: Vec<EnvelopeRow>,
    form: Receipt,
    wrong: Vec<Wrong>,
    /// The event that was just recorded.
    recorded: Option<Position>,
    /// Whether funds arrive by the statements of a bank account.
    by_bank: bool,
}

impl ReceiptsPage {
    fn error(&self, field: &str) -> Option<&str> {
        self.wrong.iter().find(|it| it.field == field).map(|it| it.told.as_str())
    }

    /// Envelopes that still take money.
    fn open(&self) -> impl Iterator<Item = (String, &EnvelopeRow)> {
        self.envelopes.iter().filter(|it| !it.closed).map(|it| (it.id.to_string(), it))
    }
}

/// What a collectivité was asked for and has not paid yet; nothing for the State.
fn due(it: &EnvelopeRow) -> Balance {
    it.called.beyond(it.received)
}

/// Shows the form, and what was received for each envelope.
pub(super) async fn show(
    State(app): State<App>,
    Accountant(_): Accountant,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let form = Receipt { saisie: app.clock.opaque_id().to_string(), ..Receipt::default() };
    page(&app, frame, form, vec![], asked.enregistre).await
}

/// Records that funds were received; the same form sent again records nothing more.
pub(super) async fn record(
    State(app): State<App>,
    Accountant(session): Accountant,
    id: RequestId,
    frame: Frame,
    Form(form): Form<Receipt>,
) -> Result<Response, Problem> {
    if !reading::latest(&app).await?.bank_accounts().map_err(reading::failed)?.is_empty() {
        let detail = "funds arrive by the bank's statements: import the statement instead";
        let told =
            "Les fonds arrivent par le relevé de compte : importez-le depuis la page Banque.";
        return Err(Problem::new(&kinds::ACT_REFUSED, detail).told(told));
    }
    let read = match form.read() {
        Ok(read) => read,
        Err(wrong) => {
            let shown = page(&app, frame, form, wrong, None).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response());
        }
    };
    let Read { receipt, envelope, amount, reference } = read;
    let command = EnvelopeCommand::ReceiveFunds { receipt, amount, reference, booked: None };
    let meta = app.meta(session.actor(), id);
    let done = app.ledger.execute::<Envelope>(envelope, &command, meta).await?;
    let next = match done.events.len() {
        0 => "/comptable/financements?enregistre=0".to_owned(),
        _ => format!("/comptable/financements?enregistre={}", done.position),
    };
    Ok(Redirect::to(&next).into_response())
}

async fn page(
    app: &App,
    frame: Frame,
    form: Receipt,
    wrong: Vec<Wrong>,
    recorded: Option<Position>,
) -> Result<Response, Problem> {
    let reader = reading::latest(app).await?;
    let envelopes = reader.envelopes(None, None, ENVELOPES_MAX).map_err(reading::failed)?.rows;
    let by_bank = !reader.bank_accounts().map_err(reading::failed)?.is_empty();
    Ok(Page(ReceiptsPage { frame, envelopes, form, wrong, recorded, by_bank }).into_response())
}
