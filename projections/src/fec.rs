//! The file of accounting entries (fichier des écritures comptables, FEC) of one year, as the tax
//! administration reads it: article A47 A-1 of the livre des procédures fiscales.
//!
//! Written straight from the log, in its order, which is the order of validation: numbers and closed
//! months are followed on the way, so that a year takes no more memory than a day. Only what stands
//! before its first entry is read from tables: the balances at the end of the year before, and what
//! auxiliaries are called. No teacher is named: neither names nor account ids are in it.

mod encoding;
mod line;
mod opening;

use std::io::Write;

use chrono::Datelike;
use ledger_core::calendar::Periods;
use ledger_core::codec::Follower;
use ledger_core::event_log::{EventLog, Log, Position};
use ledger_core::identifiers::Siren;
use ledger_core::journal;
use rusqlite::params;

use crate::columns;
use crate::fold::postings::CHUNK_BITS;
use crate::numbering::{Numbering, journals};
use crate::rebuild::Progress;
use crate::{ReadError, Reader};
use line::{Entry, Sides};

pub use encoding::Encoding;

/// How many events of the log are read at once.
const PAGE: usize = 4_096;

/// The columns, in their order.
const COLUMNS: &str = "JournalCode\tJournalLib\tEcritureNum\tEcritureDate\tCompteNum\tCompteLib\t\
    CompAuxNum\tCompAuxLib\tPieceRef\tPieceDate\tEcritureLib\tDebit\tCredit\tEcritureLet\tDateLet\t\
    ValidDate\tMontantdevise\tIdevise\r\n";

/// Which file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FecOf {
    /// The accounting year (exercice).
    pub year: i32,
    /// How its text is written.
    pub encoding: Encoding,
}

/// As the file must be called: the SIREN of who keeps the books, and the day the year closes.
pub fn file_name(siren: Siren, year: i32) -> String {
    format!("{siren}FEC{year:04}1231.txt")
}

/// A file under way: what is known of it between two pages.
#[derive(Debug)]
pub struct Fec {
    of: FecOf,
    sides: Sides,
    periods: Periods,
    numbering: Numbering,
    follower: Follower,
    read: Position,
    end: Position,
}

impl Fec {
    /// Begins the file: writes its headings and its opening entry to `to`.
    pub fn begin(reader: &Reader, of: FecOf, to: &mut Vec<u8>) -> Result<Self, ReadError> {
        let (first, last) = reader.positions_of_year(of.year)?;
        let read = first.saturating_sub(1);
        let mut sides = Sides::new(of.encoding, reader.auxiliary_names()?);
        to.extend_from_slice(COLUMNS.as_bytes());
        opening::write(reader, of, &mut sides, to)?;
        Ok(Self {
            of,
            sides,
            periods: reader.closings()?.before(first),
            numbering: Numbering::default(),
            follower: Follower::default(),
            read,
            end: last.min(reader.position()).max(read),
        })
    }

    /// Writes the next lines to `to`; false when there are none left.
    pub async fn next(&mut self, log: &Log, to: &mut Vec<u8>) -> Result<bool, ReadError> {
        let left = usize::try_from(self.end - self.read).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok(false);
        }
        let events = log.read_all(self.read, left.min(PAGE)).await?;
        if events.is_empty() {
            return Err(ReadError::Log(format!("nothing follows position {}", self.read)));
        }
        for recorded in &events {
            let event = self.follower.read(recorded);
            let event = event.map_err(|it| ReadError::Log(it.to_string()))?;
            self.read = recorded.position;
            let postings = journal::postings(&event);
            if !postings.is_empty() {
                let dated = self.periods.dated(&event, &recorded.meta);
                if dated.day.year() == self.of.year {
                    for journal in journals(&postings) {
                        let number = self.numbering.next(journal, self.of.year);
                        let own = postings.iter().filter(|it| it.journal == journal);
                        Entry::of(number, dated, recorded.position).write(own, &mut self.sides, to);
                    }
                }
            }
            self.periods.take(&event);
        }
        Ok(self.read < self.end)
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        Progress { position: self.read, end: self.end }
    }
}

/// Writes the whole file to `to`; `progress` is told how far it is, page after page.
///
/// Takes the reader for good, so that it is not kept while the log is read.
pub async fn fec(
    reader: Reader,
    log: &Log,
    of: FecOf,
    mut to: impl Write,
    mut progress: impl FnMut(Progress),
) -> Result<(), ReadError> {
    let mut text = Vec::with_capacity(1 << 20);
    let mut file = Fec::begin(&reader, of, &mut text)?;
    drop(reader);
    loop {
        to.write_all(&text)?;
        progress(file.progress());
        text.clear();
        if !file.next(log, &mut text).await? {
            break;
        }
    }
    to.write_all(&text)?;
    progress(file.progress());
    Ok(to.flush()?)
}

impl Reader {
    /// The first and the last position that an entry of `year` may have; nothing when it has none.
    fn positions_of_year(&self, year: i32) -> Result<(Position, Position), ReadError> {
        let sql = "SELECT min(chunk), max(chunk) FROM entry_chunk WHERE year = ?1";
        let mut chunks = self.sql()?.prepare_cached(sql)?;
        let chunks: (Option<i64>, Option<i64>) =
            chunks.query_row(params![year], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (Some(first), Some(last)) = chunks else { return Ok((1, 0)) };
        let first = (columns::position(first) << CHUNK_BITS).max(1);
        Ok((first, columns::position(last) << CHUNK_BITS | ((1 << CHUNK_BITS) - 1)))
    }
}
