//! What the partner owes on a settlement (commission), and how it was paid.

use chrono::NaiveDate;
use projections::reports::settlements::SettlementRow;
use projections::table::{Cell, Table};

use crate::format::{long_date, rate};
use crate::sheet::{Block, Fact, Sheet, SheetTable};

/// Shows it, if the partner owes a fee.
pub(super) fn show(sheet: &mut Sheet, row: &SettlementRow, today: NaiveDate) {
    let state = &row.state;
    let Some(title) = &state.fee else {
        let Some(terms) = state.prepared.as_ref().and_then(|it| it.fee.as_ref()) else { return };
        sheet.heading("commission", "Commission");
        let terms = rate(terms.rate * 10);
        sheet.push(Block::Text(format!(
            "Le partenaire doit une commission de {terms}, hors taxe : un titre est émis quand son relevé est rapproché."
        )));
        return;
    };
    sheet.heading("commission", "Commission");
    let late = (today - title.due).num_days();
    let (tone, status) = match &state.fee_paid {
        Some(_) => ("success", "Payé".to_owned()),
        None if late > 0 => ("error", format!("Impayé, {late} jours de retard")),
        None => ("info", "À payer".to_owned()),
    };
    let mut facts = vec![
        Fact::new("Titre de recette", &title.reference).leading("/comptable/titres"),
        Fact::new("État du titre", status).badge(tone),
        Fact::new("Émis le", long_date(title.on)),
        Fact::new("Échéance", long_date(title.due)),
        Fact::new("Convention", &title.agreement),
    ];
    if let Some(paid) = &state.fee_paid {
        facts.push(match paid.booked {
            Some(booked) => Fact::new("Payé le", long_date(booked)),
            None => Fact::new("Payé", "ligne classée après coup"),
        });
        facts.push(Fact::new("Ligne du relevé de compte", &paid.line));
    }
    sheet.push(Block::Facts(facts));
    let line = |what: String, sum| vec![Cell::Text(what), Cell::Sum(sum)];
    let table = Table {
        headings: vec!["commission", "montant"],
        rows: vec![
            line("Réglé pour la période, avoirs déduits".to_owned(), title.base),
            line(format!("Commission de {}, hors taxe", rate(title.rate * 10)), title.net.into()),
            line(format!("TVA à {}", rate(title.vat_rate)), title.vat),
        ],
        totals: vec![line("Total à payer par le partenaire".to_owned(), title.total.into())],
    };
    let caption = "Ce que le partenaire doit ; rien n’est retenu sur son virement";
    sheet.push(Block::Table(SheetTable::new("commission-table", caption, table)));
}
