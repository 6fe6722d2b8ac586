//! A table of offers, as a small publisher keeps it in a spreadsheet: one line of names, then one
//! offer a row. Described for partners in `docs/partners.md`.
//!
//! Semicolons, commas or tabs; UTF-8, UTF-16 or what Excel writes (Windows-1252): all found out.
//! One row is held at a time, and a bad one is refused with every reason.

mod cells;
mod columns;
mod row;
mod rows;
#[cfg(test)]
mod tests;
mod values;
mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::BufRead;

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};
use ledger_core::vocabulary::folded;

use super::decoded::{Decoded, begun};
use super::text::shortened;
use super::{
    Context, Extent, FeedError, Page, Reason, Record, Reference, RefusedOffer, Remark, Rule,
    Withdrawn,
};
use columns::Header;
pub use columns::{COLUMNS, Column};
use row::Read;
use rows::{Row, Rows};

/// How many bytes of the body are looked at to find out what it is.
const HEAD_MAX: u64 = 8 * 1_024;
/// How many rows are read.
const ROWS_MAX: usize = 500_000;

const EXPECTED: &str = "a table (CSV) whose first line names its columns, as in \
                        reference;titre;type;prix_ttc;tva;licence";

/// Reads one table; no more than one row of it is held at a time.
pub fn read(
    body: &mut dyn BufRead,
    context: &Context,
    take: &mut dyn FnMut(Record),
) -> Result<Page, FeedError> {
    let (head, mut body) = begun(body, HEAD_MAX)?;
    if let Some(found) = other_format(&head) {
        return Err(not_a_table(&found));
    }
    let utf16 = match head.get(..2) {
        Some([0xff, 0xfe]) => Some(UTF_16LE),
        Some([0xfe, 0xff]) => Some(UTF_16BE),
        Some(_) | None => None,
    };
    match utf16 {
        Some(encoding) => {
            let head = encoding.decode(&head).0.into_owned();
            let mut text = Decoded::new(body, encoding, "");
            table(&mut text, head.as_bytes(), context.extent, take)
        }
        None => table(&mut body, &head, context.extent, take),
    }
}

fn table(
    body: &mut dyn BufRead,
    head: &[u8],
    extent: Extent,
    take: &mut dyn FnMut(Record),
) -> Result<Page, FeedError> {
    let mut rows = Rows::new(body, separator(head));
    let mut script = Script::Plain;
    let header = header(&mut rows, &mut script, take)?;
    let mut lines: BTreeMap<Reference, usize> = BTreeMap::new();
    let mut count = 0_usize;
    while let Some(row) = rows.next_row()? {
        count += 1;
        if count > ROWS_MAX {
            return Err(FeedError::TooMany { max: ROWS_MAX });
        }
        let line = row.line;
        let mut read = match script.text(&row) {
            Some(texts) if texts.iter().all(|it| it.trim().is_empty()) => continue,
            Some(texts) => row::read(&header, texts),
            None => Read::refused(Reason::new(
                Rule::Encoding,
                "",
                "not UTF-8, as the rows before are: save the whole table in one encoding",
            )),
        };
        if let Some(reference) = &read.reference {
            if let Some(first) = lines.get(reference) {
                let message =
                    format!("reference {reference} is also that of line {first}, which is kept");
                read.reasons.push(Reason::new(Rule::Duplicate, reference, message));
            } else {
                lines.insert(reference.clone(), line);
            }
        }
        told(read, line, take);
    }
    Ok(Page { extent, next: None, as_of: None })
}

/// The columns that the first line names; what could be better about it is told.
fn header(
    rows: &mut Rows<'_>,
    script: &mut Script,
    take: &mut dyn FnMut(Record),
) -> Result<Header, FeedError> {
    loop {
        let Some(row) = rows.next_row()? else {
            return Err(not_a_table("nothing"));
        };
        let names = script.text(&row).unwrap_or_default();
        // Spreadsheets begin with a line that names the separator alone.
        let empty = names.iter().all(|it| it.trim().is_empty());
        let hint =
            names.first().is_some_and(|it| it.trim_start().to_lowercase().starts_with("sep="));
        if empty || hint {
            continue;
        }
        let (header, remarks) = Header::of(&names).map_err(|it| not_a_table(&it))?;
        for message in remarks {
            let place = format!("line {}", row.line);
            take(Record::Remark(Remark { reference: None, place, message }));
        }
        return Ok(header);
    }
}

fn told(read: Read, line: usize, take: &mut dyn FnMut(Record)) {
    let place = format!("line {line}");
    match (read.listing, read.reference) {
        (Some(listing), _) if read.reasons.is_empty() => {
            let reference = listing.reference.clone();
            take(Record::Offer(Box::new(listing)));
            for message in read.remarks {
                let (reference, place) = (Some(reference.clone()), place.clone());
                take(Record::Remark(Remark { reference, place, message }));
            }
        }
        (_, Some(reference)) if read.withdrawn && read.reasons.is_empty() => {
            take(Record::Gone(Withdrawn { reference, reason: "withdrawn by its partner".into() }));
        }
        (_, reference) => take(Record::Refused(RefusedOffer {
            reference,
            title: read.title,
            place,
            reasons: read.reasons,
        })),
    }
}

/// What rows are written in; only known once one has more than plain letters.
enum Script {
    Plain,
    Utf8,
    Windows,
}

impl Script {
    /// The texts of a row; `None` when it is not written as those before.
    fn text(&mut self, row: &Row) -> Option<Vec<String>> {
        let utf8 = row.cells.iter().map(|it| std::str::from_utf8(it).map(ToOwned::to_owned));
        let utf8 = utf8.collect::<Result<Vec<String>, _>>().ok();
        let windows = || {
            let texts = row.cells.iter().map(|it| WINDOWS_1252.decode_without_bom_handling(it).0);
            texts.map(Cow::into_owned).collect()
        };
        match self {
            Self::Plain if row.cells.iter().all(|it| it.is_ascii()) => utf8,
            Self::Plain => {
                *self = if utf8.is_some() { Self::Utf8 } else { Self::Windows };
                Some(utf8.unwrap_or_else(windows))
            }
            Self::Utf8 => utf8,
            Self::Windows => Some(windows()),
        }
    }
}

/// The separator that the first line has most of, out of quotes; a semicolon when it has none.
fn separator(head: &[u8]) -> u8 {
    let mut counts = [(b';', 0_usize), (b'\t', 0), (b',', 0)];
    let (mut quoted, mut any) = (false, false);
    for byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted && any => break,
            other => any |= other.is_ascii_graphic(),
        }
        if let Some(count) = counts.iter_mut().find(|it| it.0 == *byte && !quoted) {
            count.1 += 1;
        }
    }
    counts.into_iter().rev().max_by_key(|it| it.1).filter(|it| it.1 > 0).map_or(b';', |it| it.0)
}

/// What a body is that is no table, as far as its first bytes tell; `None` when it may be one.
fn other_format(head: &[u8]) -> Option<String> {
    const SIGNS: [(&[u8], &str); 7] = [
        (b"PK\x03\x04", "a workbook (XLSX or ODS): save it as CSV"),
        (b"\xd0\xcf\x11\xe0", "a workbook (XLS): save it as CSV"),
        (b"%PDF", "a PDF"),
        (b"\x1f\x8b", "a compressed file"),
        (b"<", "a page of HTML, or XML"),
        (b"{", "JSON"),
        (b"[", "JSON"),
    ];
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if start.is_empty() {
        return Some("nothing".into());
    }
    let sign = SIGNS.iter().find(|it| start.starts_with(it.0)).map(|it| it.1.to_owned());
    let utf16 = start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff");
    sign.or_else(|| {
        let binary = !utf16 && start.contains(&0);
        binary.then(|| "a file that is no text".to_owned())
    })
}

fn not_a_table(found: &str) -> FeedError {
    FeedError::NotThisFormat { found: shortened(found, 300), expected: EXPECTED }
}

/// A name or a word as it is compared: small plain letters, one space between words.
fn compared(text: &str) -> String {
    folded(&text.replace(['(', ')'], " "))
}
