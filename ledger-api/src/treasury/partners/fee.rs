//! `/comptable/partenaires/{partner}`: the fee (commission) that it has agreed to.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use ledger_core::ids::PartnerId;
use ledger_core::meta::Role;
use ledger_core::offer::price::RATES;
use ledger_core::partner::{FEE_MAX, FeeAgreed, PartnerCommand};
use projections::table::{Cell, Table};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::known::Known;
use super::one::{Act, form};
use crate::app::App;
use crate::audit::filters;
use crate::extract::{Form, Path};
use crate::format::rate;
use crate::page::Frame;
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::{Reader, Session};
use crate::sheet::{Block, Fact, Field, Kind, Sheet, SheetTable};
use crate::treasury::words::{who, wrong};

/// What is agreed, and the form with which another agreement is recorded.
pub(super) fn show(sheet: &mut Sheet, known: &Known, session: &Session, today: NaiveDate) {
    let state = &known.state;
    sheet.heading("commission", "Commission");
    let now = state.fee_on(today);
    sheet.push(Block::Facts(vec![match &now {
        Some(it) => Fact::new("Aujourd’hui", rate(it.rate * 10)).badge("info"),
        None => Fact::new("Aujourd’hui", "Aucune").badge("neutral"),
    }]));
    let rows = state.fees.iter().rev().map(|it| {
        vec![
            Cell::Day(it.from),
            Cell::text(if it.rate == 0 { "aucune".to_owned() } else { rate(it.rate * 10) }),
            Cell::text(rate(it.vat)),
            Cell::text(&it.agreement),
            Cell::text(who(it.by)),
        ]
    });
    let table = Table {
        headings: vec!["à_compter_du", "commission", "TVA", "convention", "enregistrée_par"],
        rows: rows.collect(),
        totals: vec![],
    };
    let caption = "Commission convenue, hors taxe, sur ce qui est réglé";
    let mut shown = SheetTable::new("commission-table", caption, table);
    shown.empty = "Aucune commission n’est convenue.";
    sheet.push(Block::Table(shown));
    if session.role == Role::AuthorisingOfficer {
        sheet.push(agreeing(known.id, today));
    }
}

fn agreeing(id: PartnerId, today: NaiveDate) -> Block {
    let rates = RATES.into_iter().rev().map(|it| (it.to_string(), rate(it)));
    form(
        id,
        "commission",
        "Enregistrer la commission convenue",
        "Elle vaut pour les règlements préparés ensuite, dont la période finit ce jour-là ou plus tard. Le partenaire la paie sur un titre ; rien n’est retenu sur ce qui lui est viré.",
        vec![
            Field::new("taux", "Commission, en pour cent", Kind::Text)
                .hint("De 0 à 30, au dixième près, comme 2,5 ; 0 y met fin."),
            Field::new("tva", "TVA", Kind::Choice(rates.collect())).value("2000"),
            Field::new("date", "À compter du", Kind::Day).value(today.to_string()),
            Field::new("convention", "Convention ou avenant", Kind::Text),
        ],
        "Enregistrer la commission",
    )
}

/// A fee, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::treasury) struct Agreed {
    taux: String,
    tva: String,
    date: String,
    convention: String,
}

impl Agreed {
    fn read(&self, session: &Session) -> Result<PartnerCommand, Problem> {
        let from = filters::day("date", Some(&self.date))?;
        Ok(PartnerCommand::AgreeFee(FeeAgreed {
            rate: thousandths(&self.taux)
                .ok_or_else(|| wrong("taux", "Écrivez un nombre de 0 à 30, comme 2 ou 2,5."))?,
            vat: self.tva.parse().map_err(|_| wrong("tva", "Choisissez un taux de la liste."))?,
            from: from.ok_or_else(|| wrong("date", "Donnez le premier jour."))?,
            agreement: self.convention.trim().into(),
            by: session.actor(),
        }))
    }
}

/// `2,5` → 25; `None` when it is not a rate.
fn thousandths(percent: &str) -> Option<u16> {
    let percent: String = percent
        .chars()
        .filter(|it| !it.is_whitespace() && *it != '%')
        .map(|it| if it == ',' { '.' } else { it })
        .collect();
    let thousandths = (percent.parse::<Decimal>().ok()? * Decimal::TEN).normalize();
    let thousandths = u16::try_from(thousandths).ok().filter(|_| thousandths.scale() == 0)?;
    (thousandths <= FEE_MAX).then_some(thousandths)
}

/// Records what was agreed.
pub(in crate::treasury) async fn agree(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Path(id): Path<PartnerId>,
    Form(form): Form<Agreed>,
) -> Result<Response, Problem> {
    let command = form.read(&session);
    Act { app, session, request, frame, id }.carry_out(command).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_as_a_person_writes_it() {
        let read = ["2", "2,5", "0", "30 %", "2.50", "30,1", "2,55", "-1", "", "deux"];
        assert_eq!(
            read.map(thousandths),
            [Some(20), Some(25), Some(0), Some(300), Some(25), None, None, None, None, None]
        );
    }
}
