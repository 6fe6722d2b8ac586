//! A section: its heading, then rows under the headings of their columns, on as many sheets as it
//! takes.

use projections::table::Cell;

use super::super::columns::heading;
use super::{
    Column, Flow, Font, HEADING, Ink, Line, NOTE, SMALL, Section, Style, UPRIGHT, count, io,
    tallest,
};

/// How thick the rules are: between rows, and over totals.
const HAIRLINE: i32 = 6;
const TOTAL_RULE: i32 = 18;

/// What stands over the rows on each sheet.
struct Head<'a> {
    /// The section's, told again on the sheets that go on with it.
    again: Vec<Line>,
    columns: &'a [Column],
    headings: Vec<Vec<Line>>,
    style: Style,
}

impl Head<'_> {
    fn height(&self) -> i32 {
        padded(self.style, &self.headings)
    }
}

/// How rows look, and what stands above and below them.
struct Rows<'a> {
    plain: Style,
    bold: Style,
    head: Head<'a>,
    totals: Vec<Vec<Vec<Line>>>,
}

impl Rows<'_> {
    /// How tall the totals are.
    fn closing(&self) -> i32 {
        self.totals.iter().map(|it| padded(self.bold, it)).sum()
    }
}

/// How tall a row is, with what stays white above and below.
fn padded(style: Style, cells: &[Vec<Line>]) -> i32 {
    tallest(cells).max(1) * style.leading() + 2 * padding(style)
}

const fn padding(style: Style) -> i32 {
    style.size * 3 / 10
}

impl Flow<'_> {
    pub(super) fn section(
        &mut self,
        section: &Section,
        size: i32,
        columns: &[Column],
    ) -> io::Result<()> {
        let bold = Style { font: Font::Bold, size, ink: Ink::Black };
        let plain = Style { font: Font::Regular, ..bold };
        let width = self.paper.room();
        let headings = section.table.headings.iter().zip(columns);
        let head = Head {
            again: SMALL.lines(&format!("{} (suite)", section.heading), width),
            columns,
            headings: headings.map(|(it, at)| bold.lines(&heading(it), at.width)).collect(),
            style: bold,
        };
        let title = HEADING.lines(&section.heading, width);
        let note = section.note.as_deref().map_or_else(Vec::new, |it| NOTE.lines(it, width));
        let above = if self.paper == UPRIGHT { 340 } else { 260 };
        let told = count(title.len()) * HEADING.leading() + count(note.len()) * NOTE.leading();
        let first =
            section.table.rows.first().map_or(0, |it| padded(plain, &set(plain, columns, it)));
        let rows = Rows {
            plain,
            bold,
            head,
            totals: section.table.totals.iter().map(|it| set(bold, columns, it)).collect(),
        };
        // A heading stays with the first rows; with the totals too when they are all there is.
        self.keep(above + told + 120 + rows.head.height() + 2 * first + rows.closing())?;
        self.y += above;
        let whole = self.paper.whole();
        self.stack(HEADING, &[whole], &[title])?;
        self.stack(NOTE, &[whole], &[note])?;
        self.y += 120;
        if columns.is_empty() { Ok(()) } else { self.rows(&rows, &section.table.rows) }
    }

    /// The rows under their headings, and the totals under a rule.
    fn rows(&mut self, how: &Rows<'_>, rows: &[Vec<Cell>]) -> io::Result<()> {
        let Rows { plain, bold, head, totals } = how;
        let whole = self.paper.whole();
        self.head(head);
        if rows.is_empty() {
            let nothing = vec![NOTE.lines("Aucune ligne", whole.width)];
            self.row(NOTE, &[whole], &nothing, head)?;
            self.fill(whole, HAIRLINE, Ink::Line);
        }
        for (nth, row) in rows.iter().enumerate() {
            let row = set(*plain, head.columns, row);
            // The last row stays with the totals.
            let after = if nth + 1 == rows.len() { how.closing() } else { 0 };
            self.keep_row(padded(*plain, &row) + after, head)?;
            self.row(*plain, head.columns, &row, head)?;
            self.fill(whole, HAIRLINE, Ink::Line);
        }
        for (nth, row) in totals.iter().enumerate() {
            self.keep_row(padded(*bold, row), head)?;
            let thickness = if nth == 0 { TOTAL_RULE } else { HAIRLINE };
            self.fill(whole, thickness, Ink::Black);
            self.row(*bold, head.columns, row, head)?;
        }
        if !totals.is_empty() {
            self.fill(whole, HAIRLINE, Ink::Black);
        }
        Ok(())
    }

    /// The headings of the columns, on a tint and over a rule.
    fn head(&mut self, head: &Head<'_>) {
        let whole = self.paper.whole();
        self.fill(whole, head.height(), Ink::Wash);
        self.y += padding(head.style);
        for line in 0..usize::try_from(tallest(&head.headings)).unwrap_or_default() {
            self.side_by_side(head.style, head.columns, &head.headings, line);
        }
        self.y += padding(head.style);
        self.fill(whole, HAIRLINE * 2, Ink::Soft);
    }

    /// Turns the sheet, and tells again what is above the rows, unless `height` is left.
    fn keep_row(&mut self, height: i32, head: &Head<'_>) -> io::Result<()> {
        let above = count(head.again.len()) * SMALL.leading() + head.height() + 60;
        if height > self.room() && height <= self.bottom() - self.top() - above {
            return self.turn_within(head);
        }
        Ok(())
    }

    fn turn_within(&mut self, head: &Head<'_>) -> io::Result<()> {
        self.turn()?;
        for line in &head.again {
            self.text(SMALL, self.paper.whole(), line.clone());
            self.y += SMALL.leading();
        }
        self.y += 60;
        self.head(head);
        Ok(())
    }

    /// One row; one taller than a sheet goes on on the next.
    fn row(
        &mut self,
        style: Style,
        columns: &[Column],
        cells: &[Vec<Line>],
        head: &Head<'_>,
    ) -> io::Result<()> {
        self.y += padding(style);
        for line in 0..usize::try_from(tallest(cells)).unwrap_or_default().max(1) {
            if self.room() < style.leading() + padding(style) {
                self.turn_within(head)?;
                self.y += padding(style);
            }
            self.side_by_side(style, columns, cells, line);
        }
        self.y += padding(style);
        Ok(())
    }
}

/// The lines of each cell of `row`.
fn set(style: Style, columns: &[Column], row: &[Cell]) -> Vec<Vec<Line>> {
    row.iter().zip(columns).map(|(it, at)| style.lines(&it.shown(), at.width)).collect()
}
