//! What is drawn on each sheet, and where: from the upper left corner, in twips.

use std::io;

use super::columns::{self, Column, thousandths, twips};
use super::font::{Font, encode};
use super::wrap::wrap;
use super::{Document, Section};

mod table;

/// How dark, and of which colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// What is read.
    Black,
    /// What is read last.
    Soft,
    /// Rules between rows.
    Line,
    /// What stands behind headings.
    Wash,
    /// The rule under the title.
    Brand,
}

/// One thing drawn on a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Encoded text, from its left end on its baseline.
    Text { x: i32, y: i32, style: Style, text: Vec<u8> },
    /// A filled rectangle, from its upper left corner; rules are thin ones.
    Fill { x: i32, y: i32, width: i32, height: i32, ink: Ink },
}

/// All that is drawn on one sheet.
pub(super) type Sheet = Vec<Mark>;

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) font: Font,
    pub(super) size: i32,
    pub(super) ink: Ink,
}

const TITLE: Style = Style { font: Font::Bold, size: 360, ink: Ink::Black };
const SUBTITLE: Style = Style { font: Font::Regular, size: 220, ink: Ink::Soft };
const LABEL: Style = Style { font: Font::Regular, size: 160, ink: Ink::Soft };
const VALUE: Style = Style { font: Font::Bold, size: 200, ink: Ink::Black };
const HEADING: Style = Style { font: Font::Bold, size: 250, ink: Ink::Black };
const NOTE: Style = Style { font: Font::Regular, size: 180, ink: Ink::Soft };
const SMALL: Style = Style { font: Font::Regular, size: 150, ink: Ink::Soft };

impl Style {
    /// From one line to the next.
    const fn leading(self) -> i32 {
        self.size * 5 / 4
    }

    /// The lines of `text`, none wider than `width` twips.
    fn lines(self, text: &str, width: i32) -> Vec<Line> {
        wrap(self.font, &encode(text), thousandths(width, self.size))
    }
}

/// Encoded text that stands on one line.
type Line = Vec<u8>;

/// How large the sheets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paper {
    pub(super) width: i32,
    pub(super) height: i32,
}

const UPRIGHT: Paper = Paper { width: 11_906, height: 16_838 };
const SIDEWAYS: Paper = Paper { width: 16_838, height: 11_906 };
/// What stays white on the left and the right; above and below it is a little less.
pub(super) const MARGIN: i32 = 1_000;
const MARGIN_ABOVE: i32 = 850;
/// Room for « page 12 345 sur 67 890 ».
const PAGE_LABEL: i32 = 2_200;

impl Paper {
    const fn room(self) -> i32 {
        self.width - 2 * MARGIN
    }

    const fn whole(self) -> Column {
        Column { x: 0, width: self.room(), right: false }
    }
}

/// Letters of tables, largest first: 9 points down to 5.
const SIZES: [i32; 9] = [180, 170, 160, 150, 140, 130, 120, 110, 100];
/// Below this, a sheet is turned rather than its letters made smaller.
const READABLE: i32 = 160;

/// What is decided for the whole document before anything is drawn.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) paper: Paper,
    /// For each section, the size of its letters and its columns.
    tables: Vec<(i32, Vec<Column>)>,
}

impl Form {
    /// Upright unless a table would have to be set in small letters.
    pub(super) fn of(document: &Document) -> Self {
        let needs: Vec<_> = document.sections.iter().map(|it| columns::needs(&it.table)).collect();
        let upright = needs.iter().all(|it| columns::read_well(it, READABLE, UPRIGHT.room()));
        let paper = if upright { UPRIGHT } else { SIDEWAYS };
        let room = paper.room();
        let tables = needs.iter().map(|needs| {
            let well = SIZES.into_iter().find(|size| columns::read_well(needs, *size, room));
            let whole = || SIZES.into_iter().find(|size| columns::stay_whole(needs, *size, room));
            let size = well.filter(|it| *it >= READABLE).or_else(whole).unwrap_or(100);
            (size, columns::columns(needs, size, room))
        });
        Self { paper, tables: tables.collect() }
    }
}

/// Gives `take` each sheet of `document` in turn; `pages` is how many they are.
pub(super) fn sheets(
    document: &Document,
    form: &Form,
    pages: usize,
    take: &mut dyn FnMut(Sheet) -> io::Result<()>,
) -> io::Result<()> {
    let running = [document.title.as_str(), document.subtitle.as_str()];
    let running: Vec<&str> = running.into_iter().filter(|it| !it.is_empty()).collect();
    let room = form.paper.room();
    let mut flow = Flow {
        paper: form.paper,
        running: SMALL.lines(&running.join(" – "), room),
        footer: SMALL.lines(&document.footer, room - PAGE_LABEL),
        pages,
        page: 1,
        y: MARGIN_ABOVE,
        sheet: Sheet::new(),
        take,
    };
    flow.opening(document)?;
    for (section, (size, columns)) in document.sections.iter().zip(&form.tables) {
        flow.section(section, *size, columns)?;
    }
    flow.give()
}

/// Where the next mark goes.
struct Flow<'a> {
    paper: Paper,
    /// At the head of each sheet but the first.
    running: Vec<Line>,
    /// At the foot of each.
    footer: Vec<Line>,
    pages: usize,
    page: usize,
    y: i32,
    sheet: Sheet,
    take: &'a mut dyn FnMut(Sheet) -> io::Result<()>,
}

impl Flow<'_> {
    /// The title, and the facts under it.
    fn opening(&mut self, document: &Document) -> io::Result<()> {
        self.paragraph(TITLE, &document.title)?;
        self.y += 40;
        self.paragraph(SUBTITLE, &document.subtitle)?;
        self.y += 120;
        self.fill(self.paper.whole(), 40, Ink::Brand);
        self.y += 200;
        let across = if self.paper == UPRIGHT { 3 } else { 4 };
        let width = self.paper.room() / across;
        let places: Vec<Column> = (0..across)
            .map(|it| Column { x: it * width, width: width - 200, right: false })
            .collect();
        for facts in document.facts.chunks(places.len()) {
            let of = |style: Style, text: fn(&(String, String)) -> &str| -> Vec<Vec<Line>> {
                let pairs = facts.iter().zip(&places);
                pairs.map(|(it, place)| style.lines(text(it), place.width)).collect()
            };
            let (labels, values) = (of(LABEL, |it| &it.0), of(VALUE, |it| &it.1));
            let height = tallest(&labels) * LABEL.leading() + tallest(&values) * VALUE.leading();
            self.keep(height)?;
            self.stack(LABEL, &places, &labels)?;
            self.stack(VALUE, &places, &values)?;
            self.y += 140;
        }
        Ok(())
    }

    /// How much is left of the sheet.
    fn room(&self) -> i32 {
        self.bottom() - self.y
    }

    /// Where the foot begins.
    fn bottom(&self) -> i32 {
        let lines = count(self.footer.len().max(1));
        self.paper.height - MARGIN_ABOVE - lines * SMALL.leading() - 160
    }

    /// Where the first mark under the running title goes.
    fn top(&self) -> i32 {
        MARGIN_ABOVE + count(self.running.len()) * SMALL.leading() + 240
    }

    /// Turns the sheet unless `height` is left, or no sheet has as much.
    fn keep(&mut self, height: i32) -> io::Result<()> {
        if height > self.room() && height <= self.bottom() - self.top() {
            self.turn()
        } else {
            Ok(())
        }
    }

    /// Goes on with the next sheet, under the running title.
    fn turn(&mut self) -> io::Result<()> {
        self.give()?;
        self.page += 1;
        self.y = MARGIN_ABOVE;
        for line in self.running.clone() {
            self.text(SMALL, self.paper.whole(), line);
            self.y += SMALL.leading();
        }
        self.y += 60;
        self.fill(self.paper.whole(), 8, Ink::Line);
        self.y = self.top();
        Ok(())
    }

    /// Gives the sheet away, with its foot.
    fn give(&mut self) -> io::Result<()> {
        self.y = self.bottom() + 80;
        self.fill(self.paper.whole(), 8, Ink::Line);
        self.y += 80;
        let label = encode(&format!("page {} sur {}", self.page, self.pages));
        let right = Column { right: true, ..self.paper.whole() };
        self.text(SMALL, right, label);
        for line in self.footer.clone() {
            self.text(SMALL, self.paper.whole(), line);
            self.y += SMALL.leading();
        }
        (self.take)(std::mem::take(&mut self.sheet))
    }

    /// Lines over the whole width.
    fn paragraph(&mut self, style: Style, text: &str) -> io::Result<()> {
        let whole = self.paper.whole();
        let lines = style.lines(text, whole.width);
        self.stack(style, &[whole], &[lines])
    }

    /// Lines side by side, each under the one before.
    fn stack(&mut self, style: Style, places: &[Column], cells: &[Vec<Line>]) -> io::Result<()> {
        for line in 0..cells.iter().map(Vec::len).max().unwrap_or_default() {
            if self.room() < style.leading() {
                self.turn()?;
            }
            self.side_by_side(style, places, cells, line);
        }
        Ok(())
    }

    /// One line of each of `cells`.
    fn side_by_side(&mut self, style: Style, places: &[Column], cells: &[Vec<Line>], line: usize) {
        for (place, lines) in places.iter().zip(cells) {
            if let Some(text) = lines.get(line) {
                self.text(style, *place, text.clone());
            }
        }
        self.y += style.leading();
    }

    /// Text on the line that begins here.
    fn text(&mut self, style: Style, place: Column, text: Line) {
        let width = twips(style.font.measure(&text), style.size);
        let x = if place.right { place.x + place.width - width } else { place.x };
        self.sheet.push(Mark::Text { x: MARGIN + x, y: self.y + style.size, style, text });
    }

    /// A rectangle that begins here.
    fn fill(&mut self, place: Column, height: i32, ink: Ink) {
        let Column { x, width, .. } = place;
        self.sheet.push(Mark::Fill { x: MARGIN + x, y: self.y, width, height, ink });
    }
}

/// How many lines the tallest of `cells` has.
fn tallest(cells: &[Vec<Line>]) -> i32 {
    count(cells.iter().map(Vec::len).max().unwrap_or_default())
}

fn count(of: usize) -> i32 {
    i32::try_from(of).unwrap_or(i32::MAX)
}
