//! One line of the file: eighteen columns, a tab between two of them.

use std::collections::BTreeMap;
use std::io::Write;

use chrono::{Datelike, NaiveDate};
use ledger_core::calendar::Dated;
use ledger_core::chart::Auxiliary;
use ledger_core::event_log::Position;
use ledger_core::journal::{Posting, Side};
use rustc_hash::FxHashMap;

use super::encoding::Encoding;
use crate::numbering::EntryNumber;
use crate::{ReadError, Reader};

/// Accounts and auxiliaries, as their four columns are written.
#[derive(Debug)]
pub(super) struct Sides {
    pub(super) encoding: Encoding,
    names: BTreeMap<Auxiliary, String>,
    written: FxHashMap<Side, Vec<u8>>,
}

impl Sides {
    pub(super) fn new(encoding: Encoding, names: BTreeMap<Auxiliary, String>) -> Self {
        Self { encoding, names, written: FxHashMap::default() }
    }

    /// Number, title, auxiliary and its name, each with the tab that follows.
    fn write(&mut self, side: Side, to: &mut Vec<u8>) {
        let (encoding, names) = (self.encoding, &self.names);
        let columns = self.written.entry(side).or_insert_with(|| {
            let number = side.account.number().to_string();
            let mut columns = Vec::new();
            account(&number, side.account.title(), encoding, &mut columns);
            let code = side.auxiliary.code();
            // A name goes with each code: the code itself when nobody gave one.
            let name = names.get(&side.auxiliary).map(|it| it.trim()).filter(|it| !it.is_empty());
            for it in [code, name.unwrap_or(code)] {
                encoding.write(it, &mut columns);
                columns.push(b'\t');
            }
            columns
        });
        to.extend_from_slice(columns);
    }
}

/// Number and title, each with the tab that follows.
fn account(number: &str, title: &str, encoding: Encoding, to: &mut Vec<u8>) {
    for it in [number, title] {
        encoding.write(it, to);
        to.push(b'\t');
    }
}

/// What all lines of an entry have in common.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) code: &'a str,
    pub(super) title: &'a str,
    pub(super) number: String,
    pub(super) day: NaiveDate,
    /// Which document justifies it, and its date.
    pub(super) piece: (String, NaiveDate),
    /// The day of its validation.
    pub(super) valid: NaiveDate,
}

impl Entry<'static> {
    /// The entry of an event: its document is the event, which anyone may look up by its position.
    pub(super) fn of(number: EntryNumber, dated: Dated, position: Position) -> Self {
        Self {
            code: number.journal.code(),
            title: number.journal.title(),
            number: number.to_string(),
            day: dated.day,
            piece: (format!("EVT-{position}"), dated.own),
            valid: dated.known,
        }
    }
}

impl Entry<'_> {
    /// Writes the two lines of each of `postings`.
    pub(super) fn write<'a>(
        &self,
        postings: impl Iterator<Item = &'a Posting>,
        sides: &mut Sides,
        to: &mut Vec<u8>,
    ) {
        for posting in postings {
            let amount = posting.amount.cents();
            for (side, debit, credit) in [(posting.debit, amount, 0), (posting.credit, 0, amount)] {
                self.begin(sides.encoding, to);
                sides.write(side, to);
                self.end(sides.encoding, posting.label, (debit, credit), to);
            }
        }
    }

    /// Writes one line of an account and auxiliary.
    pub(super) fn line(
        &self,
        side: Side,
        label: &str,
        sums: (u64, u64),
        sides: &mut Sides,
        to: &mut Vec<u8>,
    ) {
        self.begin(sides.encoding, to);
        sides.write(side, to);
        self.end(sides.encoding, label, sums, to);
    }

    /// Writes one line of an account that is in no chart: its number and its title.
    pub(super) fn other_line(
        &self,
        (number, title): (&str, &str),
        label: &str,
        sums: (u64, u64),
        encoding: Encoding,
        to: &mut Vec<u8>,
    ) {
        self.begin(encoding, to);
        account(number, title, encoding, to);
        to.extend_from_slice(b"\t\t");
        self.end(encoding, label, sums, to);
    }

    /// The columns before the account.
    fn begin(&self, encoding: Encoding, to: &mut Vec<u8>) {
        for it in [self.code, self.title, &self.number] {
            encoding.write(it, to);
            to.push(b'\t');
        }
        date(self.day, to);
        to.push(b'\t');
    }

    /// The columns after the auxiliary.
    fn end(&self, encoding: Encoding, label: &str, sums: (u64, u64), to: &mut Vec<u8>) {
        let (piece, piece_day) = &self.piece;
        encoding.write(piece, to);
        to.push(b'\t');
        date(*piece_day, to);
        to.push(b'\t');
        encoding.write(label, to);
        for cents in [sums.0, sums.1] {
            to.push(b'\t');
            // Writing to memory does not fail.
            let _ = write!(to, "{},{:02}", cents / 100, cents % 100);
        }
        to.extend_from_slice(b"\t\t\t");
        date(self.valid, to);
        to.extend_from_slice(b"\t\t\r\n");
    }
}

/// `20261231`.
fn date(day: NaiveDate, to: &mut Vec<u8>) {
    let _ = write!(to, "{:04}{:02}{:02}", day.year(), day.month(), day.day());
}

impl Reader {
    /// What partners and funders are called; where there are several names, the last one.
    pub(super) fn auxiliary_names(&self) -> Result<BTreeMap<Auxiliary, String>, ReadError> {
        let mut names = BTreeMap::new();
        for it in self.partners()? {
            if let Some(siren) = it.siret.siren() {
                names.insert(Auxiliary::Partner(siren), it.name);
            }
        }
        let sql = "SELECT funder, funder_name FROM envelope ORDER BY opened";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([], |row| Ok((crate::columns::text(row, 0)?, row.get(1)?)))?;
        for row in rows {
            let (funder, name) = row?;
            names.insert(Auxiliary::Funder(funder), name);
        }
        Ok(names)
    }
}
