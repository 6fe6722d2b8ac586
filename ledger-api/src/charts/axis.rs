//! Where a sum or a day stands along an axis, and the round values that are written beside it.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use crate::format::grouped;

/// How far from the left, or how wide: in hundredths of a percent, 0 to 10 000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Across(u32);

impl Across {
    pub(super) const WHOLE: Self = Self(10_000);

    /// As far as `part` is of `whole`; nothing when there is no whole.
    pub(super) fn of(part: u64, whole: u64) -> Self {
        Self(scaled(part, whole, Self::WHOLE.0))
    }

    /// In hundredths of a percent.
    pub(super) const fn hundredths(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Across {
    /// `62.5%`, as SVG reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}%", self.0 / 100, self.0 % 100)
    }
}

/// `length`, times what `part` is of `whole`, rounded to the nearest; at most `length`.
pub(super) fn scaled(part: u64, whole: u64, length: u32) -> u32 {
    if whole == 0 {
        return 0;
    }
    let (part, whole) = (u128::from(part.min(whole)), u128::from(whole));
    let rounded = (part * u128::from(length) * 2 + whole) / (whole * 2);
    u32::try_from(rounded).unwrap_or(length)
}

/// The least height of an axis, so that it has one when nothing was spent: 5 €.
const LEAST_CENTS: u64 = 5_00;
/// How many steps an axis has at most.
const STEPS_MAX: u64 = 5;

/// Round values from zero to `largest` or a little above, in cents: steps of 1, 2 or 5 times a
/// power of ten, five of them at most.
pub(super) fn ticks(largest: u64) -> Vec<u64> {
    let largest = largest.max(LEAST_CENTS);
    let mut step = 1_u64;
    let mut factors = [2, 5, 10].into_iter().cycle();
    let mut power = 1_u64;
    while largest.div_ceil(step) > STEPS_MAX {
        let factor = factors.next().unwrap_or(10);
        step = power.saturating_mul(factor);
        if factor == 10 {
            power = step;
        }
    }
    (0..=largest.div_ceil(step)).map(|it| it.saturating_mul(step)).collect()
}

/// A tick as it is written: `250 k€` when every one is thousands, `2 M€` when they are millions.
pub(super) fn tick_label(cents: u64, step: u64) -> String {
    const EURO: u64 = 100;
    let in_units = |unit: u64, name: &str| format!("{}\u{a0}{name}", grouped(cents / unit));
    if cents == 0 {
        "0\u{a0}€".to_owned()
    } else if step.is_multiple_of(1_000_000 * EURO) {
        in_units(1_000_000 * EURO, "M€")
    } else if step.is_multiple_of(1_000 * EURO) {
        in_units(1_000 * EURO, "k€")
    } else if step.is_multiple_of(EURO) {
        in_units(EURO, "€")
    } else {
        format!("{},{:02}\u{a0}€", grouped(cents / EURO), cents % EURO)
    }
}

/// The first days of the months from `first` to `last`.
pub(super) fn months(first: NaiveDate, last: NaiveDate) -> Vec<NaiveDate> {
    let mut months = Vec::new();
    let mut month = first.with_day(1);
    while let Some(it) = month.filter(|it| *it <= last) {
        months.push(it);
        month = it.checked_add_months(chrono::Months::new(1));
    }
    months
}

/// Moves `places` apart by `gap` at least, in their order, between `top` and `bottom` if they can.
pub(super) fn spread(places: &mut [i32], gap: i32, top: i32, bottom: i32) {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by_key(|it| places[*it]);
    let mut least = top;
    for &it in &order {
        places[it] = places[it].max(least);
        least = places[it] + gap;
    }
    let mut most = bottom;
    for &it in order.iter().rev() {
        places[it] = places[it].min(most);
        most = places[it] - gap;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few_and_reach_the_largest() {
        assert_eq!(
            ticks(1_000_000_00),
            [0, 200_000_00, 400_000_00, 600_000_00, 800_000_00, 1_000_000_00]
        );
        assert_eq!(ticks(1_200_01), [0, 500_00, 1_000_00, 1_500_00]);
        assert_eq!(ticks(0), [0, 1_00, 2_00, 3_00, 4_00, 5_00]);
        for largest in [1, 7_77, 99_99, 123_456_78, 999_999_999_99, u64::MAX / 4] {
            let ticks = ticks(largest);
            assert!(ticks.last() >= Some(&largest), "{largest}");
            assert!((2..=6).contains(&ticks.len()), "{largest}: {ticks:?}");
        }
    }

    #[test]
    fn ticks_are_written_in_the_unit_of_their_step() {
        assert_eq!(tick_label(400_000_00, 200_000_00), "400\u{a0}k€");
        assert_eq!(tick_label(2_000_000_00, 1_000_000_00), "2\u{a0}M€");
        assert_eq!(tick_label(1_500_00, 500_00), "1\u{202f}500\u{a0}€");
        assert_eq!(tick_label(50, 50), "0,50\u{a0}€");
    }

    #[test]
    fn a_share_is_rounded_and_never_over_the_whole() {
        assert_eq!(Across::of(1, 3).to_string(), "33.33%");
        assert_eq!(Across::of(5, 5), Across::WHOLE);
        assert_eq!(Across::of(9, 5), Across::WHOLE);
        assert_eq!(Across::of(9, 0).to_string(), "0.00%");
        assert_eq!(scaled(u64::MAX - 1, u64::MAX, 100), 100);
    }

    #[test]
    fn labels_are_moved_apart_and_stay_in_their_order() {
        let mut places = [50, 52, 10];
        spread(&mut places, 16, 8, 200);
        assert_eq!(places, [50, 66, 10]);
        let mut low = [199, 200, 198];
        spread(&mut low, 16, 8, 200);
        assert_eq!(low, [184, 200, 168]);
    }

    #[test]
    fn months_begin_on_their_first_day() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        let months = months(day(2026, 9, 1), day(2027, 8, 31));
        assert_eq!(months.len(), 12);
        assert_eq!(months[11], day(2027, 8, 1));
    }
}
