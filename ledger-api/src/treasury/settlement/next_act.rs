//! What may be done with a settlement now, by whom.

use ledger_core::ids::SettlementId;
use ledger_core::meta::{Actor, Role};
use ledger_core::settlement::{Check, Settlement, Stage};
use projections::reports::settlements::SettlementRow;

use crate::app::App;
use crate::problem::Problem;
use crate::sheet::{Block, Field, Kind, Sheet, SheetForm};
use crate::treasury::evidence;
use crate::treasury::evidence::Evidence;
use crate::treasury::words::settlement_path;

/// A form for the act `act`.
fn form(
    id: SettlementId,
    act: &str,
    heading: &'static str,
    hint: String,
    fields: Vec<Field>,
    button: &'static str,
) -> Block {
    Block::Form(SheetForm {
        id: "acte",
        action: format!("{}/{act}", settlement_path(id)),
        heading,
        hint,
        fields,
        button,
        file: false,
    })
}

/// The form of the act that comes next, if it is `by`'s.
pub(super) async fn offer(
    app: &App,
    sheet: &mut Sheet,
    id: SettlementId,
    row: &SettlementRow,
    by: Actor,
) -> Result<(), Problem> {
    let state = &row.state;
    if by.role == Role::AuthorisingOfficer {
        officers_act(sheet, id, state);
    }
    if by.role == Role::Accountant {
        accountants_act(app, sheet, id, state).await?;
    }
    if matches!(state.stage, Stage::Prepared | Stage::Certified) {
        sheet.push(form(
            id,
            "releve",
            "Enregistrer le relevé du partenaire",
            "Le relevé ou la facture du partenaire, tel qu’il l’a envoyé, avoirs non déduits."
                .to_owned(),
            vec![
                Field::new("reference", "Numéro du relevé", Kind::Text),
                Field::new("date", "Date du relevé", Kind::Day)
                    .value(app.clock.today().to_string()),
                Field::new("montant", "Montant, en euros", Kind::Money),
            ],
            "Rapprocher le relevé",
        ));
    }
    Ok(())
}

/// Certify, order, answer or override.
fn officers_act(sheet: &mut Sheet, id: SettlementId, state: &Settlement) {
    match state.stage {
        Stage::Prepared => sheet.push(form(
            id,
            "service-fait",
            "Certifier le service fait",
            "Les enseignants peuvent encore contester. Certifier dès maintenant, si la livraison est prouvée autrement.".to_owned(),
            vec![],
            "Certifier le service fait",
        )),
        Stage::Matched => {
            let payable =
                state.payable().map_or("Rien à payer".to_owned(), |it| format!("{it} à payer"));
            let hint = format!("{payable}, {} imputés sur avoirs.", state.set_off());
            sheet.push(form(id, "ordre", "Ordonnancer", hint, vec![], "Donner l’ordre de payer"));
        }
        Stage::Suspended => {
            let text = vec![Field::new("texte", "Réponse", Kind::Area)];
            let hint = "Le comptable reprend alors ses contrôles.".to_owned();
            sheet.push(form(id, "reponse", "Répondre à la suspension", hint, text, "Répondre"));
            requisition(sheet, id, state);
        }
        Stage::Absent
        | Stage::Certified
        | Stage::Ordered
        | Stage::Cleared
        | Stage::Sent
        | Stage::Settled => (),
    }
}

/// The order to pay in spite of a suspension, or why there cannot be one.
fn requisition(sheet: &mut Sheet, id: SettlementId, state: &Settlement) {
    let failed = state.suspension.iter().flat_map(|it| &it.failed);
    if let Some(check) = failed.into_iter().find(|it| it.forbids_requisition()) {
        sheet.push(Block::Text(format!(
            "Une réquisition est impossible : le décret 2012-1246 (art. 195) interdit au comptable d’y déférer pour « {} ».",
            check.title()
        )));
        return;
    }
    sheet.push(Block::Form(SheetForm {
        id: "requisition",
        action: format!("{}/requisition", settlement_path(id)),
        heading: "Requérir le comptable de payer",
        hint: "L’ordonnateur engage sa responsabilité (décret 2012-1246, art. 38).".to_owned(),
        fields: vec![Field::new("texte", "Ordre écrit", Kind::Area)],
        button: "Requérir",
        file: false,
    }));
}

/// Check and clear, or pay.
async fn accountants_act(
    app: &App,
    sheet: &mut Sheet,
    id: SettlementId,
    state: &Settlement,
) -> Result<(), Problem> {
    match state.stage {
        Stage::Ordered => {
            let found = evidence::of(app, id, state).await?;
            sheet.push(Block::Form(visa_form(id, &found, state)));
            sheet.push(Block::Form(suspension_form(id)));
        }
        Stage::Cleared if state.payable().is_none() => sheet.push(form(
            id,
            "imputation",
            "Solder par imputation",
            format!("{} imputés sur avoirs, rien à virer.", state.set_off()),
            vec![],
            "Solder le règlement",
        )),
        Stage::Cleared => {
            sheet.push(Block::Text(
                "Ce règlement peut entrer dans la prochaine remise de virements.".to_owned(),
            ));
            sheet.push(Block::Tabs(vec![(
                "/comptable/virements".to_owned(),
                "Préparer une remise".to_owned(),
                false,
            )]));
        }
        Stage::Absent
        | Stage::Prepared
        | Stage::Certified
        | Stage::Matched
        | Stage::Suspended
        | Stage::Sent
        | Stage::Settled => (),
    }
    Ok(())
}

fn visa_form(id: SettlementId, found: &[Evidence], state: &Settlement) -> SheetForm {
    let fields = found.iter().flat_map(|it| {
        let name = it.check.name();
        [
            Field::new(name, it.check.title(), Kind::Box(it.passed)).hint(format!(
                "{}{}",
                if it.passed { "" } else { "Le contrôle automatique n’est pas satisfait. " },
                it.text
            )),
            Field::new(
                format!("{name}_note"),
                format!("Observation : {}", it.check.title()),
                Kind::Text,
            ),
        ]
    });
    let left = state.unchecked();
    let hint = if left == 0 {
        "Cocher chaque contrôle fait et satisfait (décret 2012-1246, art. 19 et 20).".to_owned()
    } else {
        format!("Il reste {left} achats de l’échantillon à contrôler avant le visa.")
    };
    SheetForm {
        id: "visa",
        action: format!("{}/visa", settlement_path(id)),
        heading: "Viser",
        hint,
        fields: fields.collect(),
        button: "Donner le visa",
        file: false,
    }
}

fn suspension_form(id: SettlementId) -> SheetForm {
    let boxes =
        Check::ALL.into_iter().map(|it| Field::new(it.name(), it.title(), Kind::Box(false)));
    let reason = Field::new("motif", "Motif", Kind::Area)
        .hint("Ce qui manque ou ne va pas, et ce qui le réglerait ; sans nom de personne.");
    SheetForm {
        id: "suspension",
        action: format!("{}/suspension", settlement_path(id)),
        heading: "Suspendre le paiement",
        hint: "Cocher les contrôles qui ne sont pas satisfaits (art. 38).".to_owned(),
        fields: boxes.chain([reason]).collect(),
        button: "Suspendre",
        file: false,
    }
}
