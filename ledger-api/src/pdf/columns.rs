//! How wide each column of a table is: figures whole, words on as few lines as there is room for.

use projections::table::{Cell, Table};

use super::font::{Font, encode};
use super::wrap::widest_word;

/// What stands between two columns, in thousandths of the size.
const GAP: i32 = 1_200;
/// What a column of words asks for before it would rather be set smaller, in thousandths.
const COMFORT: i32 = 13_000;
/// The longest word that is kept whole, in thousandths: longer ones are ids, cut without harm.
const WORD_MAX: i32 = 10_000;

/// What one column asks for, in thousandths of the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Need {
    /// Below this, figures or words are cut.
    least: i32,
    /// With this, nothing is on two lines.
    whole: i32,
    /// Whether it lines up to the right.
    right: bool,
}

/// Where a column stands, in twips from the left margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) x: i32,
    pub(super) width: i32,
    pub(super) right: bool,
}

/// What each column of `table` asks for.
pub(super) fn needs(table: &Table) -> Vec<Need> {
    let mut needs: Vec<Need> = table
        .headings
        .iter()
        .map(|it| {
            let heading = encode(&heading(it));
            let least = widest_word(Font::Bold, &heading);
            Need { least, whole: Font::Bold.measure(&heading), right: false }
        })
        .collect();
    let rows = table.rows.iter().map(|row| (Font::Regular, row));
    let totals = table.totals.iter().map(|row| (Font::Bold, row));
    for (font, row) in rows.chain(totals) {
        for (need, cell) in needs.iter_mut().zip(row) {
            need.take(font, cell);
        }
    }
    needs
}

impl Need {
    fn take(&mut self, font: Font, cell: &Cell) {
        let shown = encode(&cell.shown());
        let whole = font.measure(&shown);
        self.whole = self.whole.max(whole);
        match cell {
            Cell::Text(_) | Cell::Empty => {
                self.least = self.least.max(widest_word(font, &shown).min(WORD_MAX));
            }
            Cell::Sum(_) | Cell::Net(_) | Cell::Number(_) | Cell::Day(_) => {
                self.least = self.least.max(whole);
            }
        }
        self.right |= cell.is_figure();
    }

    /// What reads well: a few words on each line.
    fn comfortable(self) -> i32 {
        self.least.max(self.whole.min(COMFORT))
    }
}

/// The heading of a column, as a sentence begins.
pub(super) fn heading(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Whether `needs` read well at `size` twips, over `room` twips.
pub(super) fn read_well(needs: &[Need], size: i32, room: i32) -> bool {
    within(needs, size, room, Need::comfortable)
}

/// Whether nothing of `needs` is cut at `size` twips, over `room` twips.
pub(super) fn stay_whole(needs: &[Need], size: i32, room: i32) -> bool {
    within(needs, size, room, |it| it.least)
}

fn within(needs: &[Need], size: i32, room: i32, of: impl Fn(Need) -> i32) -> bool {
    let wanted: i64 = needs.iter().map(|it| i64::from(twips(of(*it), size))).sum();
    wanted + i64::from(gaps(needs, size)) <= i64::from(room)
}

/// The columns of `needs` at `size` twips, over the whole of `room` twips.
pub(super) fn columns(needs: &[Need], size: i32, room: i32) -> Vec<Column> {
    let gap = twips(GAP, size);
    let widths = widths(needs, size, room - gaps(needs, size));
    let mut x = 0;
    needs
        .iter()
        .zip(widths)
        .map(|(need, width)| {
            let column = Column { x, width, right: need.right };
            x += width + gap;
            column
        })
        .collect()
}

/// Widths that add up to `room`, or to a little less.
fn widths(needs: &[Need], size: i32, room: i32) -> Vec<i32> {
    let all = |of: &dyn Fn(Need) -> i32| needs.iter().map(|it| twips(of(*it), size)).collect();
    let (least, whole): (Vec<i32>, Vec<i32>) = (all(&|it| it.least), all(&|it| it.whole));
    let sum = |widths: &[i32]| widths.iter().fold(0_i32, |sum, it| sum.saturating_add(*it));
    if sum(&least) > room {
        // Even the smallest letters are too wide: each column gives up the same part.
        return shared(&least, room).iter().map(|it| (*it).max(1)).collect();
    }
    if sum(&whole) > room {
        let missing: Vec<i32> = whole.iter().zip(&least).map(|(it, least)| it - least).collect();
        let more = shared(&missing, room - sum(&least));
        return least.iter().zip(more).map(|(least, more)| least + more).collect();
    }
    // Words take what is left over; figures do when there are no words.
    let words: Vec<i32> =
        needs.iter().zip(&whole).map(|(it, width)| if it.right { 0 } else { *width }).collect();
    let takers = if sum(&words) == 0 { &whole } else { &words };
    let more = shared(takers, room - sum(&whole));
    whole.iter().zip(more).map(|(whole, more)| whole + more).collect()
}

/// `room` in parts as large as `parts` are to each other, rounded down.
fn shared(parts: &[i32], room: i32) -> Vec<i32> {
    let sum: i64 = parts.iter().map(|it| i64::from(*it)).sum();
    let share = |it: &i32| i64::from(*it) * i64::from(room.max(0)) / sum.max(1);
    parts.iter().map(|it| i32::try_from(share(it)).unwrap_or(i32::MAX)).collect()
}

fn gaps(needs: &[Need], size: i32) -> i32 {
    let between = i32::try_from(needs.len().saturating_sub(1)).unwrap_or(i32::MAX);
    between.saturating_mul(twips(GAP, size))
}

/// Thousandths of a size as twips, rounded up so that what is measured has its place.
pub(super) fn twips(thousandths: i32, size: i32) -> i32 {
    let twips = (i64::from(thousandths) * i64::from(size) + 999) / 1_000;
    i32::try_from(twips).unwrap_or(i32::MAX)
}

/// Twips as thousandths of a size, rounded down.
pub(super) fn thousandths(twips: i32, size: i32) -> i32 {
    i32::try_from(i64::from(twips) * 1_000 / i64::from(size.max(1))).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: Need = Need { least: 4_000, whole: 30_000, right: false };
    const SUM: Need = Need { least: 5_000, whole: 5_000, right: true };

    #[test]
    fn columns_fill_the_room_and_never_meet() {
        for room in [2_500, 3_000, 5_000, 9_000, 14_000] {
            let columns = columns(&[WORDS, SUM, SUM], 180, room);
            for pair in columns.windows(2) {
                assert_eq!(pair[0].x + pair[0].width + twips(GAP, 180), pair[1].x, "{room}");
            }
            let last = columns[2];
            let end = last.x + last.width;
            assert!(end <= room && end > room - 4, "{end} of {room}");
        }
    }

    #[test]
    fn figures_are_never_narrower_than_they_are_while_words_can_give() {
        let columns = columns(&[WORDS, SUM, SUM], 180, 3_000);
        assert_eq!([columns[1].width, columns[2].width], [900, 900]);
        assert!(columns[0].width >= 720);
    }

    #[test]
    fn what_is_left_over_goes_to_words() {
        let columns = columns(&[WORDS, SUM], 180, 20_000);
        assert_eq!(columns[1].width, 900);
        assert_eq!(columns[0].width, 20_000 - 900 - twips(GAP, 180));
    }

    #[test]
    fn a_table_too_wide_for_the_smallest_letters_still_stands_within_the_sheet() {
        let columns = columns(&[SUM; 40], 100, 15_000);
        let last = columns[39];
        assert!(last.x + last.width <= 15_000);
        assert!(columns.iter().all(|it| it.width > 0));
    }
}
