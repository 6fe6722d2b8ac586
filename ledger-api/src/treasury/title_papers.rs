//! The title of a partner's fee on paper: what is sent to the partner, kept as a voucher of the
//! settlement.

use ledger_core::bank::{BankAccount, BankAccountOpened};
use ledger_core::ids::SettlementId;
use ledger_core::meta::{Actor, Meta};
use ledger_core::settlement::{
    FeeTitled, Prepared, Settlement, SettlementCommand, Voucher, VoucherKind,
};
use projections::table::{Cell, Table};

use super::documents::FOOTER;
use crate::app::App;
use crate::audit::names::Names;
use crate::format::{iban, long_date, rate};
use crate::pdf::{Document, Section};
use crate::problem::Problem;
use crate::reading;

/// Makes and keeps the paper of the settlement's title, if it has one whose paper is not kept.
pub(crate) async fn keep(app: &App, id: SettlementId, meta: Meta) -> Result<(), Problem> {
    let state = app.ledger.state::<Settlement>(id).await?;
    let (Some(prepared), Some(title)) = (&state.prepared, &state.fee) else { return Ok(()) };
    if state.vouchers.iter().any(|it| it.kind == VoucherKind::Title) {
        return Ok(());
    }
    let (names, accounts) = {
        let reader = reading::latest(app).await?;
        let accounts = reader.bank_accounts().map_err(reading::failed)?;
        (Names::read(&reader).map_err(reading::failed)?, accounts)
    };
    let mut payee = None;
    if let Some(it) = accounts.first() {
        payee = app.ledger.inspect::<BankAccount, _>(it.id, |it| it.opened.clone()).await?;
    }
    let mut content = Vec::new();
    let document = document(prepared, title, &names, payee.as_ref());
    document.write(&mut content).map_err(Problem::internal)?;
    app.vouchers.keep(&content).map_err(Problem::internal)?;
    let name = format!("titre-{}.pdf", title.reference);
    let voucher = Voucher::of(VoucherKind::Title, &name, "application/pdf", &content);
    let attach = SettlementCommand::Attach { voucher, by: Actor::PROCESS };
    let meta = Meta { by: Actor::PROCESS, ..meta };
    app.ledger.execute::<Settlement>(id, &attach, meta).await?;
    Ok(())
}

fn document(
    prepared: &Prepared,
    title: &FeeTitled,
    names: &Names,
    payee: Option<&BankAccountOpened>,
) -> Document {
    let partner = names.partner(prepared.partner);
    let fact = |label: &str, value: String| (label.to_owned(), value);
    let mut facts = vec![
        fact("Titre", title.reference.to_string()),
        fact("Débiteur", format!("{partner}, SIREN {}", title.siren)),
        fact("Convention", title.agreement.to_string()),
        fact("Période close le", long_date(prepared.on)),
        fact("Émis le", long_date(title.on)),
        fact("À payer avant le", long_date(title.due)),
    ];
    if let Some(payee) = payee {
        facts.push(fact("Par virement à", payee.holder.to_string()));
        facts.push(fact("IBAN", iban(payee.iban.as_str())));
    }
    facts.push(fact("Référence à rappeler", title.reference.to_string()));
    let line = |what: String, sum| vec![Cell::Text(what), Cell::Sum(sum)];
    let table = Table {
        headings: vec!["commission", "montant"],
        rows: vec![
            line("Réglé pour la période, avoirs déduits".to_owned(), title.base),
            line(format!("Commission de {}, hors taxe", rate(title.rate * 10)), title.net.into()),
            line(format!("TVA à {}", rate(title.vat_rate)), title.vat),
        ],
        totals: vec![line("Total à payer".to_owned(), title.total.into())],
    };
    let note = Some("Rien n’est retenu sur ce qui est viré au débiteur.".to_owned());
    Document {
        title: "Titre de recette".to_owned(),
        subtitle: format!("{partner}, période close le {}", long_date(prepared.on)),
        facts,
        sections: vec![Section { heading: "Liquidation".to_owned(), note, table }],
        footer: FOOTER.to_owned(),
    }
}
