//! Rows of a table, one at a time, with the line where each begins.
//!
//! Source: RFC 4180; a quote opens a cell only at its beginning, and lines may end with CR, LF or
//! both.

use std::io::{BufRead, ErrorKind};

use crate::feed::FeedError;

/// How many bytes one row may have: a description is at most 80,000.
pub(super) const ROW_MAX: usize = 256 * 1_024;
/// How many cells one row may have.
const CELLS_MAX: usize = 500;

/// One row.
pub(super) struct Row {
    /// Where it begins, from 1.
    pub(super) line: usize,
    /// Without their quotes.
    pub(super) cells: Vec<Vec<u8>>,
}

/// A table being read.
pub(super) struct Rows<'b> {
    body: &'b mut dyn BufRead,
    separator: u8,
    line: usize,
    /// Whether the last byte was a CR, whose LF is still to come.
    returned: bool,
}

/// Where in a cell the reading is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Plain,
    Quoted,
    /// After a quote that closes the cell, or is the first of two that stand for one.
    Quote,
}

impl<'b> Rows<'b> {
    pub(super) const fn new(body: &'b mut dyn BufRead, separator: u8) -> Self {
        Self { body, separator, line: 1, returned: false }
    }

    /// The next row; `None` after the last one.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>, FeedError> {
        let mut row = Row { line: self.line, cells: vec![Vec::new()] };
        let (mut place, mut length) = (Place::Start, 0_usize);
        loop {
            let bytes = match self.body.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(FeedError::of_io(&error)),
            };
            if bytes.is_empty() {
                return ended(row, place, length);
            }
            let mut used = 0;
            let mut done = false;
            for &byte in bytes {
                used += 1;
                if std::mem::take(&mut self.returned) && byte == b'\n' {
                    continue;
                }
                if length == 0 {
                    row.line = self.line;
                }
                length += 1;
                if matches!(byte, b'\n' | b'\r') {
                    self.line += 1;
                    self.returned = byte == b'\r';
                    if place != Place::Quoted {
                        done = true;
                        break;
                    }
                    push(&mut row, b'\n');
                    continue;
                }
                place = step(&mut row, place, byte, self.separator);
            }
            self.body.consume(used);
            if length > ROW_MAX || row.cells.len() > CELLS_MAX {
                return Err(FeedError::TooLong { line: row.line, max: ROW_MAX });
            }
            if done {
                return Ok(Some(row));
            }
        }
    }
}

/// The last row, which no line end follows.
fn ended(row: Row, place: Place, length: usize) -> Result<Option<Row>, FeedError> {
    if place == Place::Quoted {
        let place = format!("line {}", row.line);
        let message = "cut off: a quote that opens a cell is never closed".to_owned();
        return Err(FeedError::Malformed { place, message });
    }
    Ok((length > 0).then_some(row))
}

/// Takes one byte that ends no line.
fn step(row: &mut Row, place: Place, byte: u8, separator: u8) -> Place {
    match (place, byte) {
        (Place::Start, b'"') => Place::Quoted,
        (Place::Quoted, b'"') => Place::Quote,
        (Place::Quote, b'"') => {
            push(row, b'"');
            Place::Quoted
        }
        (Place::Start | Place::Plain | Place::Quote, byte) if byte == separator => {
            row.cells.push(Vec::new());
            Place::Start
        }
        (Place::Quoted, byte) => {
            push(row, byte);
            Place::Quoted
        }
        (Place::Start | Place::Plain | Place::Quote, byte) => {
            push(row, byte);
            // A byte order mark does not keep the first quote from opening.
            let marked = row.cells == [b"\xef\xbb\xbf"];
            if marked && row.line == 1 { Place::Start } else { Place::Plain }
        }
    }
}

fn push(row: &mut Row, byte: u8) {
    if let Some(cell) = row.cells.last_mut() {
        cell.push(byte);
    }
}
