//! Writes accounts on paper to standard output, as PDF, and every figure in them to standard error.
//!
//! `fixtures/checks/pdf.sh` has other programs read both. A number says how many rows the long
//! table has: 500 unless told otherwise.

use std::io::{self, BufWriter, Write};

use chrono::{Days, NaiveDate};
use ledger_api::pdf::{Document, Section};
use ledger_core::money::Balance;
use projections::net::Net;
use projections::table::{Cell, Table};

fn main() -> io::Result<()> {
    let rows = std::env::args().nth(1).and_then(|it| it.parse().ok()).unwrap_or(500);
    let document = Document {
        title: "Reddition des comptes".to_owned(),
        subtitle: "Région Grand-Littoral, du 1er janvier au 31 décembre 2026".to_owned(),
        facts: facts(),
        sections: vec![trial_balance(), ledger(rows), purchases()],
        footer: "Compte ressources, établi d’après le journal à la position 48 213. Chaque ligne \
                 porte le numéro de l’événement qui la justifie."
            .to_owned(),
    };
    let mut figures = BufWriter::new(io::stderr().lock());
    for section in &document.sections {
        for cell in section.table.rows.iter().chain(&section.table.totals).flatten() {
            if cell.is_figure() {
                writeln!(figures, "{}", cell.shown())?;
            }
        }
    }
    figures.flush()?;
    document.write(BufWriter::new(io::stdout().lock()))
}

fn facts() -> Vec<(String, String)> {
    [
        ("Financeur", "Région Grand-Littoral (SIREN 217 500 016)"),
        ("Convention", "2026-ENS-014 « Manuels & outils »"),
        ("Comptable", "Agence comptable de l’opérateur"),
        ("Fonds reçus", "1 000 000,00 €"),
        ("Service fait", "612 340,27 €"),
        ("Reste à employer", "387 659,73 €"),
    ]
    .map(|(label, value)| (label.to_owned(), value.to_owned()))
    .to_vec()
}

fn sum(cents: u64) -> Cell {
    Cell::Sum(Balance::from_cents(cents))
}

fn trial_balance() -> Section {
    let line = |number: &str, title: &str, debit: u64, credit: u64| {
        let net = i64::try_from(debit).unwrap_or(0) - i64::try_from(credit).unwrap_or(0);
        vec![
            Cell::text(number),
            Cell::text(title),
            sum(debit),
            sum(credit),
            Cell::Net(Net::from_cents(net)),
        ]
    };
    Section {
        heading: "Balance des comptes de tiers et de trésorerie".to_owned(),
        note: Some(
            "Sans compensation : chaque sens est montré pour son montant entier.".to_owned(),
        ),
        table: Table {
            headings: vec!["compte", "intitulé", "débit", "crédit", "solde"],
            rows: vec![
                line("408100", "Fournisseurs, factures non parvenues", 0, 612_340_27),
                line("443210", "Collectivités, appels de fonds", 1_000_000_00, 1_000_000_00),
                line("443220", "Collectivités, fonds à employer", 612_340_27, 1_000_000_00),
                line("515100", "Trésor, compte de dépôt", 1_000_000_00, 0),
            ],
            totals: vec![line("", "Total", 2_612_340_27, 2_612_340_27)],
        },
    }
}

fn ledger(rows: u64) -> Section {
    const LABELS: [&str; 4] = [
        "Service fait",
        "Achat autorisé, somme retenue sur le compte de l’enseignant",
        "Commande confirmée : engagement juridique, le reste de la retenue est libéré et redevient \
         disponible pour l’enseignant",
        "Remboursement partiel",
    ];
    let first = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap_or_default();
    let mut total = 0;
    let lines = (0..rows).map(|nth| {
        let cents = 1 + (nth * 7_919) % 98_765;
        total += cents;
        let label = LABELS[usize::try_from(nth % 7).unwrap_or_default() % LABELS.len()];
        vec![
            Cell::Day(first + Days::new(nth * 300 / rows.max(1))),
            Cell::Number(41_000 + nth),
            Cell::text(label),
            if nth % 3 == 0 { Cell::Empty } else { sum(cents) },
            if nth % 3 == 0 { sum(cents) } else { Cell::Empty },
            Cell::Net(Net::from_cents(-i64::try_from(total).unwrap_or(0))),
        ]
    });
    let rows: Vec<_> = lines.collect();
    Section {
        heading: "Grand livre du compte 443220".to_owned(),
        note: None,
        table: Table {
            headings: vec!["date", "écriture", "libellé", "débit", "crédit", "solde"],
            rows,
            totals: vec![vec![
                Cell::Empty,
                Cell::Empty,
                Cell::text("Total des mouvements"),
                sum(total),
                Cell::Empty,
                Cell::Empty,
            ]],
        },
    }
}

fn purchases() -> Section {
    Section {
        heading: "Pièces".to_owned(),
        note: Some("Les identifiants sont ceux du journal.".to_owned()),
        table: Table {
            headings: vec!["achat", "ressource", "montant"],
            rows: vec![
                vec![
                    Cell::text("pur_0192f0c41d577f0e9b6a2f307c41d8e9"),
                    Cell::text("Les fractions pas à pas, 40 exercices « interactifs »"),
                    sum(3_20),
                ],
                vec![
                    Cell::text("pur_0192f0c41d577f0e9b6a2f307c41d8ea"),
                    Cell::text("Œuvres complètes de Božena Němcová (→ lycée)"),
                    sum(12_345_67),
                ],
            ],
            totals: vec![],
        },
    }
}
