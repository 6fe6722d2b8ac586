//! A report as a table: as text, to be read and compared, and as CSV, to be opened elsewhere.

use std::fmt;
use std::io;

use chrono::NaiveDate;
use ledger_core::money::Balance;

use crate::net::Net;

/// What stands in one place of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Words, codes, ids.
    Text(String),
    /// A sum of money.
    Sum(Balance),
    /// A sum of money and its side.
    Net(Net),
    /// A day.
    Day(NaiveDate),
    /// A count or a position.
    Number(u64),
}

impl Cell {
    /// Words, codes, ids.
    pub fn text(it: impl fmt::Display) -> Self {
        Self::Text(it.to_string())
    }

    /// A sum, or nothing when it is zero: how ledgers show the side that did not move.
    pub fn moved(it: Balance) -> Self {
        if it.is_zero() { Self::Empty } else { Self::Sum(it) }
    }

    /// Whether it lines up to the right, under the figures above it.
    pub fn is_figure(&self) -> bool {
        match self {
            Self::Sum(_) | Self::Net(_) | Self::Number(_) => true,
            Self::Empty | Self::Text(_) | Self::Day(_) => false,
        }
    }

    /// As French readers expect, on a page: `1 234,50 €`, with its no-break spaces.
    pub fn told(&self) -> String {
        match self {
            Self::Sum(it) => it.to_string(),
            Self::Net(it) => it.to_string(),
            Self::Empty | Self::Text(_) | Self::Day(_) | Self::Number(_) => self.shown(),
        }
    }

    /// As French readers expect, with ordinary spaces.
    pub fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(it) => it.clone(),
            Self::Sum(it) => plain(&it.to_string()),
            Self::Net(it) => plain(&it.to_string()),
            Self::Day(it) => it.format("%d/%m/%Y").to_string(),
            Self::Number(it) => it.to_string(),
        }
    }

    /// As a spreadsheet set to French reads it: `1234,50`, `-12,00` in credit, `31/12/2026`.
    fn exported(&self) -> String {
        match self {
            Self::Sum(it) => euros(i64::try_from(it.cents()).unwrap_or(i64::MAX)),
            Self::Net(it) => euros(it.cents()),
            Self::Text(it) if is_formula(it) => format!("'{it}"),
            Self::Empty | Self::Text(_) | Self::Day(_) | Self::Number(_) => self.shown(),
        }
    }
}

/// Whether a spreadsheet would run the text instead of showing it.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// Cents as euros: `1234,50`.
pub(crate) fn euros(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{},{:02}", cents / 100, cents % 100)
}

/// With ordinary spaces, so that columns line up wherever it is shown.
fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

/// Headings, rows, and totals under a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// One for each column.
    pub headings: Vec<&'static str>,
    /// As many cells as headings in each.
    pub rows: Vec<Vec<Cell>>,
    /// The same, at the foot.
    pub totals: Vec<Vec<Cell>>,
}

impl Table {
    /// Writes it as CSV: UTF-8, `;` between cells, French decimals, headings first.
    pub fn write_csv(&self, to: impl io::Write) -> io::Result<()> {
        self.csv(to, true)
    }

    /// Writes its rows as CSV, without headings: what follows a first page.
    pub fn write_csv_rows(&self, to: impl io::Write) -> io::Result<()> {
        self.csv(to, false)
    }

    fn csv(&self, to: impl io::Write, headed: bool) -> io::Result<()> {
        let mut csv = csv::WriterBuilder::new().delimiter(b';').from_writer(to);
        if headed {
            csv.write_record(&self.headings)?;
        }
        for row in self.rows.iter().chain(&self.totals) {
            csv.write_record(row.iter().map(Cell::exported))?;
        }
        csv.flush()
    }
}

impl fmt::Display for Table {
    /// Columns line up; figures to the right.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |rows: &[Vec<Cell>]| -> Vec<Vec<String>> {
            rows.iter().map(|row| row.iter().map(Cell::shown).collect()).collect()
        };
        let (rows, totals) = (shown(&self.rows), shown(&self.totals));
        let columns: Vec<(usize, bool)> = (0..self.headings.len())
            .map(|column| {
                let cells = rows.iter().chain(&totals).filter_map(|row| row.get(column));
                let width = cells.map(|it| it.chars().count()).max().unwrap_or_default();
                let all = self.rows.iter().chain(&self.totals);
                let right = all.filter_map(|row| row.get(column)).any(Cell::is_figure);
                (width.max(self.headings[column].chars().count()), right)
            })
            .collect();
        let line = |f: &mut fmt::Formatter<'_>, cells: &mut dyn Iterator<Item = &str>| {
            let mut text = String::new();
            for (cell, (width, right)) in cells.zip(&columns) {
                let gap = " ".repeat(width.saturating_sub(cell.chars().count()));
                let (before, after) = if *right { (gap.as_str(), "") } else { ("", gap.as_str()) };
                text.extend([before, cell, after, "  "]);
            }
            writeln!(f, "{}", text.trim_end())
        };
        line(f, &mut self.headings.iter().copied())?;
        for row in &rows {
            line(f, &mut row.iter().map(String::as_str))?;
        }
        if !totals.is_empty() {
            let rule: Vec<String> = columns.iter().map(|(width, _)| "─".repeat(*width)).collect();
            line(f, &mut rule.iter().map(String::as_str))?;
        }
        for row in &totals {
            line(f, &mut row.iter().map(String::as_str))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let sum = |cents| Cell::Sum(Balance::from_cents(cents));
        Table {
            headings: vec!["compte", "débit"],
            rows: vec![
                vec![Cell::text("515100"), sum(1_234_50)],
                vec![Cell::text("=1+1"), Cell::Net(Net::from_cents(-5))],
            ],
            totals: vec![vec![Cell::text("total"), sum(1_234_50)]],
        }
    }

    #[test]
    fn figures_line_up_to_the_right() {
        let expected = "\
compte       débit
515100  1 234,50 €
=1+1      0,05 € C
──────  ──────────
total   1 234,50 €
";
        assert_eq!(table().to_string(), expected);
    }

    #[test]
    fn a_spreadsheet_reads_figures_and_runs_no_formula() {
        let mut csv = Vec::new();
        table().write_csv(&mut csv).unwrap();
        let expected = "compte;débit\n515100;1234,50\n'=1+1;-0,05\ntotal;1234,50\n";
        assert_eq!(String::from_utf8(csv).unwrap(), expected);
    }
}
