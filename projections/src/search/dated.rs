//! Offers whose price depends on the day: there are few, and they are filed anew for each day.

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use ledger_core::offer::Listing;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use super::filing::prices;
use super::request::FacetKind;
use super::sets::{Bits, Set};
use super::shelf::Shelf;
use super::values::{Number, Values};

/// From, until, cents; the first and the last day are within, as numbers since the year 1.
type Prices = Vec<(i32, i32, u32)>;

/// What an offer costs: on the days of the first of `prices` that holds, that one, else `always`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Dated {
    document: u32,
    always: u32,
    prices: Prices,
}

impl Dated {
    fn on(&self, day: NaiveDate) -> u32 {
        let day = day.num_days_from_ce();
        let held = self.prices.iter().find(|(from, until, _)| (*from..=*until).contains(&day));
        held.map_or(self.always, |it| it.2)
    }
}

/// As one term of the index: `490;738000,738030,390`.
pub(super) fn encode(listing: &Listing) -> String {
    let mut term = small(listing.price.amount.cents()).to_string();
    for it in &listing.prices {
        let from = it.from.map_or(i32::MIN, |it| it.num_days_from_ce());
        let until = it.until.map_or(i32::MAX, |it| it.num_days_from_ce());
        let cents = small(it.price.amount.cents());
        let _ = write!(term, ";{from},{until},{cents}");
    }
    term
}

fn small(cents: u64) -> u32 {
    u32::try_from(cents).unwrap_or(u32::MAX)
}

/// What [`encode`] gave; `None` for anything else.
fn decode(term: &[u8]) -> Option<(u32, Prices)> {
    let (always, rest) = std::str::from_utf8(term).ok()?.split_once(';')?;
    let price = |it: &str| {
        let mut parts = it.splitn(3, ',');
        let (from, until) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some((from, until, parts.next()?.parse().ok()?))
    };
    Some((always.parse().ok()?, rest.split(';').map(price).collect::<Option<_>>()?))
}

/// All of one segment.
#[derive(Default)]
pub(super) struct AllDated {
    offers: Vec<Dated>,
    /// As of the day that was asked for last.
    last: Mutex<Option<Arc<OnDay>>>,
}

/// The prices of one segment on one day.
pub(super) struct OnDay {
    day: NaiveDate,
    /// What each document costs, in cents.
    pub(super) price: Vec<u32>,
    /// What is filed under each price that can be chosen.
    sets: FxHashMap<Number, Set>,
}

impl AllDated {
    /// Takes in the documents of one term; `values` learns what they may be filed under.
    pub(super) fn take(&mut self, term: &[u8], documents: Vec<u32>, values: &mut Arc<Values>) {
        let Some((always, held)) = decode(term) else { return };
        let cents = held.iter().map(|it| it.2).chain([always]);
        for filed in cents.flat_map(|it| prices(it.into())) {
            if values.number(filed.kind, &filed.value).is_none() {
                Arc::make_mut(values).take(filed);
            }
        }
        let dated = documents.into_iter().map(|document| {
            let prices = held.clone();
            Dated { document, always, prices }
        });
        self.offers.extend(dated);
    }

    /// The prices of the `whole` segment, of which these are, on `day`; `None` when they are what they always
    /// are.
    pub(super) fn on(&self, day: NaiveDate, whole: &Shelf, values: &Values) -> Option<Arc<OnDay>> {
        if self.offers.is_empty() {
            return None;
        }
        let mut last = self.last.lock();
        if let Some(known) = last.as_ref().filter(|it| it.day == day) {
            return Some(known.clone());
        }
        let made = Arc::new(self.made(day, whole, values));
        *last = Some(made.clone());
        Some(made)
    }

    fn made(&self, day: NaiveDate, whole: &Shelf, values: &Values) -> OnDay {
        let mut price = whole.price.clone();
        let mut sets: FxHashMap<Number, Bits> = FxHashMap::default();
        for number in values.of(FacetKind::Price) {
            let bits = sets.entry(*number).or_insert_with(|| Bits::none(whole.documents));
            if let Some(set) = whole.filed(*number) {
                set.join_into(bits);
            }
        }
        for it in &self.offers {
            let cents = it.on(day);
            if let Some(price) = price.get_mut(it.document as usize) {
                *price = cents;
            }
            for bits in sets.values_mut() {
                bits.remove(it.document);
            }
            for filed in prices(cents.into()) {
                let number = values.number(filed.kind, &filed.value);
                if let Some(bits) = number.and_then(|it| sets.get_mut(&it)) {
                    bits.insert(it.document);
                }
            }
        }
        let sets = sets.into_iter();
        let sets = sets.map(|(it, bits)| (it, Set::new(bits.iter().collect(), whole.documents)));
        OnDay { day, price, sets: sets.collect() }
    }
}

impl OnDay {
    /// Those filed under the value of that number, when it is a price.
    pub(super) fn filed(&self, number: Number) -> Option<&Set> {
        self.sets.get(&number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dated_is_read_again_from_the_index() {
        assert_eq!(decode(b"490;1,2,390;3,4,0"), Some((490, vec![(1, 2, 390), (3, 4, 0)])));
        for odd in ["", "490", "490;", "490;1,2", "x;1,2,3"] {
            assert_eq!(decode(odd.as_bytes()), None, "{odd}");
        }
    }
}
