//! Accounts on paper: a title, facts, and tables over as many A4 pages as they take, as PDF.
//!
//! ```text
//!  Document ─▶ columns: how wide ─▶ wrap: lines ─▶ layout: marks of one sheet ─▶ file: objects
//! ```
//!
//! Lengths are whole twentieths of a point (twips), so that nothing is computed with fractions: an
//! A4 sheet is 11 906 by 16 838. The same document always gives the same bytes.
//!
//! Sheets are laid out twice, first to count them, and written one at a time: a long document takes
//! no more memory than its tables, and a few bytes for each page.

mod columns;
mod file;
mod font;
mod layout;
mod wrap;

use std::io;

use projections::table::Table;

/// What a document says, from its title to what stands at the foot of each page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// What it is: on the first page, and small on the others.
    pub title: String,
    /// Whose it is and when; may be empty.
    pub subtitle: String,
    /// What stands under the title: labels and values, in the order of reading.
    pub facts: Vec<(String, String)>,
    /// Its tables.
    pub sections: Vec<Section>,
    /// Who made it and from what: at the foot of each page.
    pub footer: String,
}

/// A table under its heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What the table shows.
    pub heading: String,
    /// What must be known to read it.
    pub note: Option<String>,
    /// Its headings stand on each page, its totals in bold under a rule.
    pub table: Table,
}

impl Document {
    /// Writes it as PDF: A4, upright unless a table needs the width.
    pub fn write(&self, to: impl io::Write) -> io::Result<()> {
        let form = layout::Form::of(self);
        let mut pages = 0;
        layout::sheets(self, &form, 0, &mut |_| {
            pages += 1;
            Ok(())
        })?;
        let mut file = file::File::begin(to, self, form.paper)?;
        layout::sheets(self, &form, pages, &mut |sheet| file.page(&sheet))?;
        file.finish()
    }
}

#[cfg(test)]
mod tests;
