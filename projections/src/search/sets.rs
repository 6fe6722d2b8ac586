//! Sets of the documents of one segment.

/// A set as one bit for each document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

const WORD: usize = 64;

impl Bits {
    /// No document of `documents`.
    pub(super) fn none(documents: u32) -> Self {
        Self(vec![0; (documents as usize).div_ceil(WORD)])
    }

    /// All of `documents`.
    pub(super) fn all(documents: u32) -> Self {
        let mut all = Self(vec![u64::MAX; (documents as usize).div_ceil(WORD)]);
        if let Some(last) = all.0.last_mut() {
            let used = documents as usize % WORD;
            *last = if used == 0 { u64::MAX } else { (1 << used) - 1 };
        }
        all
    }

    /// The documents whose value, of those in `values` by document, is such.
    pub(super) fn of<T>(values: &[T], such: impl Fn(&T) -> bool) -> Self {
        let word = |values: &[T]| {
            let bits = values.iter().enumerate();
            bits.fold(0, |word, (place, it)| word | u64::from(such(it)) << place)
        };
        Self(values.chunks(WORD).map(word).collect())
    }

    pub(super) fn insert(&mut self, document: u32) {
        if let Some(word) = self.0.get_mut(document as usize / WORD) {
            *word |= 1 << (document as usize % WORD);
        }
    }

    pub(super) fn remove(&mut self, document: u32) {
        if let Some(word) = self.0.get_mut(document as usize / WORD) {
            *word &= !(1 << (document as usize % WORD));
        }
    }

    pub(super) fn has(&self, document: u32) -> bool {
        let word = self.0.get(document as usize / WORD).copied().unwrap_or_default();
        word >> (document as usize % WORD) & 1 == 1
    }

    pub(super) fn count(&self) -> u32 {
        self.0.iter().map(|it| it.count_ones()).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|it| *it == 0)
    }

    /// Keeps what is in `other` too.
    pub(super) fn keep(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine &= theirs;
        }
    }

    /// Takes out what is in `other`.
    pub(super) fn leave(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine &= !theirs;
        }
    }

    /// Takes in what is in `other`.
    pub(super) fn join(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine |= theirs;
        }
    }

    /// What is in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(mine, theirs)| mine & theirs).collect())
    }

    /// Its documents by 64, those where there are any: the number of the first, and one bit each.
    pub(super) fn words(&self) -> impl DoubleEndedIterator<Item = (usize, u64)> {
        self.0.iter().copied().enumerate().filter(|it| it.1 != 0)
    }

    /// The 64 documents of that number.
    pub(super) fn word(&self, number: usize) -> u64 {
        self.0.get(number).copied().unwrap_or_default()
    }

    /// Its documents, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.words().flat_map(|(number, word)| documents(number, word))
    }
}

/// The documents of the word of that number, the last one first.
pub(super) fn backwards(number: usize, word: u64) -> impl Iterator<Item = u32> {
    let (first, mut left) = (first(number), word);
    std::iter::from_fn(move || {
        let next = 63_u32.checked_sub(left.leading_zeros())?;
        left &= !(1 << next);
        Some(first + next)
    })
}

fn documents(number: usize, word: u64) -> impl Iterator<Item = u32> {
    let (first, mut left) = (first(number), word);
    std::iter::from_fn(move || {
        let next = (left != 0).then(|| left.trailing_zeros())?;
        left &= left - 1;
        Some(first + next)
    })
}

fn first(number: usize) -> u32 {
    u32::try_from(number * WORD).unwrap_or(u32::MAX - 63)
}

/// A set that is kept: as a list while that is the shorter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Set {
    /// Its documents, in their order.
    Few(Vec<u32>),
    /// One bit for each document, and how many there are.
    Many(Bits, u32),
}

impl Set {
    /// The set of `members`, which are in their order, among `documents`.
    pub(super) fn new(members: Vec<u32>, documents: u32) -> Self {
        if members.len() < documents as usize / 32 {
            return Self::Few(members);
        }
        let mut bits = Bits::none(documents);
        for it in &members {
            bits.insert(*it);
        }
        let count = bits.count();
        Self::Many(bits, count)
    }

    /// How many it has.
    pub(super) fn count(&self) -> u32 {
        match self {
            Self::Few(members) => u32::try_from(members.len()).unwrap_or(u32::MAX),
            Self::Many(_, count) => *count,
        }
    }

    /// Adds all of it to `bits`.
    pub(super) fn join_into(&self, bits: &mut Bits) {
        match self {
            Self::Few(members) => members.iter().for_each(|it| bits.insert(*it)),
            Self::Many(mine, _) => bits.join(mine),
        }
    }

    /// Takes all of it out of `bits`.
    pub(super) fn leave_from(&self, bits: &mut Bits) {
        match self {
            Self::Few(members) => members.iter().for_each(|it| bits.remove(*it)),
            Self::Many(mine, _) => bits.leave(mine),
        }
    }
}

/// Some documents, of which parts are counted.
pub(super) struct Counted<'a> {
    bits: &'a Bits,
    /// The same as a list, when that is quicker to go through.
    few: Option<Vec<u32>>,
}

impl<'a> Counted<'a> {
    pub(super) fn new(bits: &'a Bits) -> Self {
        let count = bits.count();
        let few = ((count as usize) < bits.0.len()).then(|| bits.iter().collect());
        Self { bits, few }
    }

    /// How many are in `set` too.
    pub(super) fn of(&self, set: &Set) -> u32 {
        let counted = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        match (set, &self.few) {
            (Set::Few(theirs), Some(few)) if theirs.len() > few.len() => {
                counted(few.iter().filter(|it| theirs.binary_search(it).is_ok()).count())
            }
            (Set::Few(theirs), _) => {
                counted(theirs.iter().filter(|it| self.bits.has(**it)).count())
            }
            (Set::Many(theirs, _), Some(few)) => {
                counted(few.iter().filter(|it| theirs.has(**it)).count())
            }
            (Set::Many(theirs, _), None) => {
                let both = self.bits.0.iter().zip(&theirs.0);
                both.map(|(mine, theirs)| (mine & theirs).count_ones()).sum()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_are_those_of_plain_sets(
            documents in 1..700_u32,
            mine in proptest::collection::btree_set(0..700_u32, 0..300),
            theirs in proptest::collection::btree_set(0..700_u32, 0..300),
        ) {
            let within = |it: &std::collections::BTreeSet<u32>| -> Vec<u32> {
                it.iter().copied().filter(|it| *it < documents).collect()
            };
            let (mine, theirs) = (within(&mine), within(&theirs));
            let both = mine.iter().filter(|it| theirs.contains(it)).count();
            let mut bits = Bits::none(documents);
            for it in &mine {
                bits.insert(*it);
            }
            prop_assert_eq!(bits.iter().collect::<Vec<_>>(), mine.clone());
            let counted = Counted::new(&bits);
            for set in [Set::new(theirs.clone(), documents), Set::Few(theirs.clone())] {
                prop_assert_eq!(counted.of(&set) as usize, both);
                let mut left = bits.clone();
                set.leave_from(&mut left);
                prop_assert_eq!(left.count() as usize, mine.len() - both);
            }
            prop_assert_eq!(Bits::all(documents).count(), documents);
        }
    }
}
