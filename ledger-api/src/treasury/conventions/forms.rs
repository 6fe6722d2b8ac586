//! What may be done with a convention, as forms.

use ledger_core::convention::{Convention, ConventionSigned};
use ledger_core::ids::{ConventionId, EnvelopeId};
use ledger_core::meta::Role;
use ledger_core::money::Balance;

use super::returns;
use crate::app::App;
use crate::session::Session;
use crate::sheet::{Block, Field, Kind, Sheet, SheetForm};

pub(super) fn form(
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
    let at_the_bank = session.role == Role::Accountant && state.returning.is_some();
    if session.role == Role::AuthorisingOfficer || at_the_bank {
        sheet.heading("actes", "Actes");
    }
    if session.role == Role::AuthorisingOfficer {
        officers_forms(app, sheet, id, state, unspent);
    }
    returns::shown(sheet, session, id, state);
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
    let failed = state.returning.as_ref().filter(|it| it.failed.is_some());
    if failed.is_some() || state.returning.is_none() && !unspent.is_zero() {
        let hint = match failed {
            None => format!("{unspent} reçus ne sont ni engagés ni restitués."),
            Some(it) => format!(
                "Remplace la restitution de {} que la banque n’a pas faite, par exemple vers un autre compte.",
                it.ordered.amount
            ),
        };
        sheet.push(form(
            id,
            "restitution",
            "Ordonner une restitution",
            hint,
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
