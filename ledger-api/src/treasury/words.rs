//! What acts, stages and lines are called, and the tables that pages, CSV and PDF share.

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::meta::{Actor, Role, accounting_day};
use ledger_core::money::Balance;
use ledger_core::settlement::Stage;
use projections::reports::settlements::SettlementRow;
use projections::table::{Cell, Table};

use crate::charts::{AgeingChart, Bucket};
use crate::page::role_name;
use crate::problem::Problem;

/// The badge of a stage: its tone, and what it says.
pub(super) const fn stage(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Absent => ("neutral", "Inexistant"),
        Stage::Prepared => ("info", "Préparé, contestable"),
        Stage::Certified => ("info", "Relevé attendu"),
        Stage::Matched => ("warning", "À ordonnancer"),
        Stage::Ordered => ("warning", "À viser"),
        Stage::Suspended => ("error", "Suspendu"),
        Stage::Cleared => ("warning", "À payer"),
        Stage::Sent => ("info", "En cours à la banque"),
        Stage::Settled => ("success", "Soldé"),
    }
}

/// Stages, as addresses call them.
pub(super) const STAGES: [(&str, Stage); 8] = [
    ("prepare", Stage::Prepared),
    ("releve-attendu", Stage::Certified),
    ("a-ordonnancer", Stage::Matched),
    ("a-viser", Stage::Ordered),
    ("suspendu", Stage::Suspended),
    ("a-payer", Stage::Cleared),
    ("en-banque", Stage::Sent),
    ("solde", Stage::Settled),
];

/// Who did something: a quality and an opaque id; never a name.
pub(super) fn who(by: Actor) -> String {
    if by.role == Role::Process {
        return role_name(by.role).to_owned();
    }
    let id = by.id.simple().to_string();
    format!("{}, {}", role_name(by.role), &id[..8])
}

/// How many days lie between an instant and a day, in words: « 3 jours ».
pub(super) fn since(at: DateTime<Utc>, today: NaiveDate) -> String {
    days((today - accounting_day(at)).num_days())
}

/// « 3 jours », « aujourd’hui »; a no-break space between.
pub(super) fn days(days: i64) -> String {
    match days {
        i64::MIN..=0 => "aujourd’hui".to_owned(),
        1 => "1\u{a0}jour".to_owned(),
        days => format!("{days}\u{a0}jours"),
    }
}

/// Settlements as a table, with a total of what is due.
pub(super) fn settlements(rows: &[SettlementRow], today: NaiveDate) -> Table {
    let row = |it: &SettlementRow| {
        let state = &it.state;
        let payable = state.certified.as_ref().and_then(|_| state.payable());
        let set_off = if state.certified.is_some() { state.set_off() } else { Balance::ZERO };
        vec![
            Cell::text(&it.partner_name),
            Cell::Day(it.period),
            Cell::text(stage(state.stage).1),
            Cell::text(since(it.since, today)),
            Cell::Sum(it.due()),
            Cell::moved(set_off),
            payable.map_or(Cell::Empty, |it| Cell::Sum(it.into())),
            state.due_by().map_or(Cell::Empty, Cell::Day),
            it.late_by(today).map_or(Cell::Empty, Cell::Number),
        ]
    };
    let sum = |of: &dyn Fn(&SettlementRow) -> Balance| Cell::Sum(rows.iter().map(of).sum());
    let payable = |it: &SettlementRow| {
        it.state
            .certified
            .as_ref()
            .and_then(|_| it.state.payable())
            .map_or(Balance::ZERO, Into::into)
    };
    let set_off = |it: &SettlementRow| match it.state.certified {
        Some(_) => it.state.set_off(),
        None => Balance::ZERO,
    };
    let total = vec![
        Cell::text("Total"),
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        sum(&SettlementRow::due),
        sum(&set_off),
        sum(&payable),
        Cell::Empty,
        Cell::Empty,
    ];
    Table {
        headings: vec![
            "partenaire",
            "fin_de_période",
            "état",
            "depuis",
            "dû",
            "avoirs_imputés",
            "à_payer",
            "échéance",
            "jours_de_retard",
        ],
        rows: rows.iter().map(row).collect(),
        totals: if rows.is_empty() { vec![] } else { vec![total] },
    }
}

/// Where a settlement is shown.
pub(super) fn settlement_path(id: ledger_core::ids::SettlementId) -> String {
    format!("/comptable/reglements/{id}")
}

/// Sums of what waits, by how long it has waited.
pub(super) struct Ageing {
    buckets: [(&'static str, usize, Balance); 4],
}

impl Ageing {
    /// Nothing waits.
    pub(super) fn new() -> Self {
        let bucket = |name| (name, 0, Balance::ZERO);
        Self {
            buckets: ["0 à 7 jours", "8 à 15 jours", "16 à 30 jours", "Plus de 30 jours"]
                .map(bucket),
        }
    }

    /// Something waits since so many days.
    pub(super) fn add(&mut self, days: i64, amount: Balance) {
        let bucket = match days {
            i64::MIN..=7 => 0,
            8..=15 => 1,
            16..=30 => 2,
            31.. => 3,
        };
        self.buckets[bucket].1 += 1;
        self.buckets[bucket].2 = self.buckets[bucket].2.and(amount);
    }

    /// As a table, with a total.
    pub(super) fn table(&self) -> Table {
        let rows = self.buckets.iter().map(|(name, count, sum)| {
            vec![Cell::text(name), Cell::Number(*count as u64), Cell::Sum(*sum)]
        });
        let count = self.buckets.iter().map(|it| it.1 as u64).sum();
        let total = self.buckets.iter().map(|it| it.2).sum();
        Table {
            headings: vec!["ancienneté", "nombre", "montant"],
            rows: rows.collect(),
            totals: vec![vec![Cell::text("Total"), Cell::Number(count), Cell::Sum(total)]],
        }
    }

    /// The same, drawn.
    pub(super) fn chart(
        &self,
        id: &'static str,
        caption: &str,
        words: (&'static str, &'static str),
    ) -> AgeingChart {
        let bucket = |(label, count, sum): &(&'static str, usize, Balance)| Bucket {
            label: (*label).to_owned(),
            count: *count,
            sum: *sum,
        };
        let buckets: Vec<Bucket> = self.buckets.iter().map(bucket).collect();
        AgeingChart::new(id, caption, words, &buckets)
    }
}

/// What a page's form says wrong: a field, in French.
pub(crate) fn wrong(field: &str, told: &str) -> Problem {
    Problem::field(&crate::problem::kinds::INVALID_FIELD, field, told).told(told)
}
