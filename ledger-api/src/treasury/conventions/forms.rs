//! What may be done with a convention, as forms.

use ledger_core::convention::{Convention, ConventionSigned};
use ledger_core::ids::{ConventionId, EnvelopeId};
use ledger_core::meta::Role;
use ledger_core::money::Balance;

use crate::app::App;
use crate::format::long_date;
use crate::session::Session;
use crate::sheet::{Block, Field, Kind, Sheet, SheetForm};
use crate::treasury::words::who;

fn form(
    convention: ConventionId,
    act: &'static str,
    heading: &'static str,
    hint: String,
    fields: Vec<Field>,
    button: &'static str,
) -> Block {
    Block::Form(SheetForm {
        id: act,
        action: format!("/comptable/conventions/{convention}/{act}"),
        heading,
        hint,
        fields,
        button,
        file: false,
    })
}

/// The acts that `session` may do on the convention, as things stand.
pub(super) fn push(
    app: &App,
    sheet: &mut Sheet,
    session: &Session,
    id: ConventionId,
    state: &Convention,
    unspent: Balance,
) {
    let to_pay = matches!(state.returning, Some((_, None)));
    if session.role == Role::AuthorisingOfficer || to_pay {
        sheet.heading("actes", "Actes");
    }
    if session.role == Role::AuthorisingOfficer {
        officers_forms(app, sheet, id, state, unspent);
    }
    match &state.returning {
        Some((ordered, None)) if session.role == Role::Accountant => sheet.push(form(
            id,
            "virement",
            "Payer la restitution",
            format!(
                "{} ordonnés le {} par {}. Référence du virement : {}.",
                ordered.amount,
                long_date(ordered.on),
                who(ordered.by),
                state.next_end_to_end(id)
            ),
            vec![],
            "Émettre le virement",
        )),
        Some((ordered, Some(sent))) => sheet.push(Block::Notice(
            "info",
            format!(
                "Restitution de {} émise, référence {} ; son débit est attendu sur le relevé.",
                ordered.amount, sent.end_to_end
            ),
        )),
        Some((_, None)) | None => (),
    }
}

fn officers_forms(
    app: &App,
    sheet: &mut Sheet,
    id: ConventionId,
    state: &Convention,
    unspent: Balance,
) {
    let amount = || Field::new("montant", "Montant, en euros", Kind::Money);
    let left = state.amount.beyond(state.called);
    let year = app.clock.today().format("%Y").to_string();
    let reference = format!("APPEL-{year}-{}", state.calls.len() + 1);
    sheet.push(form(
        id,
        "appel",
        "Appeler des fonds",
        format!("{left} peuvent encore être appelés."),
        vec![
            amount(),
            Field::new("reference", "Référence que la collectivité rappellera", Kind::Text)
                .value(reference),
            Field::new("echeance", "À verser avant le", Kind::Day),
        ],
        "Appeler les fonds",
    ));
    if let Some(signed) = &state.signed {
        sheet.push(opening(app, id, signed, state.left()));
    }
    sheet.push(form(
        id,
        "avenant",
        "Signer un avenant",
        String::new(),
        vec![amount(), Field::new("reference", "Avenant", Kind::Text)],
        "Augmenter la convention",
    ));
    if state.returning.is_none() && !unspent.is_zero() {
        sheet.push(form(
            id,
            "restitution",
            "Ordonner une restitution",
            format!("{unspent} reçus ne sont ni engagés ni restitués."),
            vec![amount(), Field::new("iban", "IBAN de la collectivité", Kind::Text)],
            "Ordonner la restitution",
        ));
    }
}

/// The form with which an envelope is opened on it.
fn opening(app: &App, id: ConventionId, signed: &ConventionSigned, left: Balance) -> Block {
    let hint = format!(
        "{left} ne relèvent encore d’aucune enveloppe. Ce que ses crédits peuvent acheter et sa priorité ({}) sont ceux de la convention, qui appelle ses fonds.",
        signed.priority
    );
    form(
        id,
        "enveloppe",
        "Ouvrir une enveloppe",
        hint,
        vec![
            Field::new("cle", "", Kind::Hidden).value(EnvelopeId(app.clock.id()).to_string()),
            Field::new("titre", "Nom de l’enveloppe", Kind::Text).value(signed.title.as_str()),
            Field::new("montant", "Budget, en euros", Kind::Money),
            Field::new("reference", "Délibération ou arrêté", Kind::Text)
                .value(signed.legal_reference.as_str()),
            Field::new("du", "Crédite des comptes à partir du", Kind::Day)
                .value(signed.from.to_string()),
            Field::new("au", "Se dépense jusqu’au", Kind::Day).value(signed.until.to_string()),
        ],
        "Ouvrir l’enveloppe",
    )
}
