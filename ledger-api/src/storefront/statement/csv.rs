//! A statement for a spreadsheet: semicolons, decimal commas, UTF-8 with its mark, as French ones
//! expect.

use chrono::NaiveDate;
use ledger_core::money::Balance;

use super::Statement;
use crate::format;

const HEADINGS: [&str; 8] = [
    "Date",
    "Opération",
    "Ressource ou enveloppe",
    "Achat",
    "Financeurs",
    "Crédit",
    "Débit",
    "Disponible",
];

/// The statement from `from` to `to`, one movement a line between its opening and closing balances.
pub(super) fn write(
    statement: &Statement,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<u8>, csv::Error> {
    let mut lines = csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    lines.write_record(HEADINGS)?;
    let balance = |day, label, sum| {
        [
            format::short_date(day),
            String::from(label),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            euros(sum),
        ]
    };
    lines.write_record(balance(from, "Solde d’ouverture", statement.opening))?;
    for it in &statement.movements {
        lines.write_record([
            format::short_date(it.day()),
            it.label.to_owned(),
            inert(&it.subject),
            it.purchase.map(|it| it.to_string()).unwrap_or_default(),
            inert(&it.funders),
            moved(it.credit),
            moved(it.debit),
            euros(it.balance),
        ])?;
    }
    lines.write_record(balance(to, "Solde de clôture", statement.closing))?;
    lines.into_inner().map_err(|it| it.into_error().into())
}

/// `1234,50`: digits and a comma, which a spreadsheet reads as a number.
fn euros(sum: Balance) -> String {
    format!("{},{:02}", sum.cents() / 100, sum.cents() % 100)
}

/// Empty when nothing moved on that side.
fn moved(sum: Balance) -> String {
    if sum.is_zero() { String::new() } else { euros(sum) }
}

/// Words of others that no spreadsheet takes for a formula.
fn inert(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storefront::statement::Movement;

    #[test]
    fn a_statement_opens_in_a_french_spreadsheet_and_runs_nothing() {
        let euros = Balance::from_cents;
        let movement = Movement {
            at: "2026-09-30T22:30:00Z".parse().unwrap(),
            label: "Achat",
            subject: "=1+1; \"x\"".into(),
            purchase: None,
            funders: "Région 3,00 €".into(),
            credit: Balance::ZERO,
            debit: euros(3_00),
            balance: euros(1_234_50),
        };
        let statement = Statement {
            opening: euros(1_237_50),
            movements: vec![movement],
            credits: Balance::ZERO,
            debits: euros(3_00),
            closing: euros(1_234_50),
        };
        let day = |text: &str| text.parse().unwrap();
        let bytes = write(&statement, day("2026-09-01"), day("2026-10-31")).unwrap();
        let expected = "\u{feff}Date;Opération;Ressource ou enveloppe;Achat;Financeurs;Crédit;Débit;Disponible\r\n\
            01/09/2026;Solde d’ouverture;;;;;;1237,50\r\n\
            01/10/2026;Achat;\"'=1+1; \"\"x\"\"\";;Région 3,00 €;;3,00;1234,50\r\n\
            31/10/2026;Solde de clôture;;;;;;1234,50\r\n";
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }
}
