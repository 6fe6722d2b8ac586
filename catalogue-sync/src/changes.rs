//! What to do about a feed: known × wanted → changes, pure.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use ledger_core::digest::Digest;
use ledger_core::offer::Listing;

use crate::feed::{Extent, Feed, Reference};

#[cfg(test)]
mod tests;

/// What is on sale already, as the ledger has it: each offer's fingerprint.
pub type Known = BTreeMap<Reference, Digest>;

/// One step from what is known to what is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Put on sale, for the first time or again.
    Publish(Box<Listing>),
    /// Say something else of it.
    Revise(Box<Listing>),
    /// Stop selling it.
    Withdraw {
        /// Which one.
        reference: Reference,
        /// Why, in a few words.
        reason: CompactString,
    },
}

impl Change {
    /// Of which offer.
    pub fn reference(&self) -> &Reference {
        match self {
            Self::Publish(listing) | Self::Revise(listing) => &listing.reference,
            Self::Withdraw { reference, .. } => reference,
        }
    }
}

/// Why a whole feed is not applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Shrunk {
    /// It names nothing, while offers are on sale.
    #[error("the feed names no offer, while {known} are on sale: nothing is changed")]
    Empty {
        /// How many are on sale.
        known: usize,
    },
    /// It names a tenth of what is on sale, or less.
    #[error(
        "the feed names {named} of the {known} offers on sale, a tenth or less: nothing is changed"
    )]
    ToATenth {
        /// How many offers on sale it still names, or new ones.
        named: usize,
        /// How many are on sale.
        known: usize,
    },
}

/// Whether `wanted` may be applied to what is `known`.
///
/// Guards against a partner's outage or mistake, which would take its whole catalogue off sale. An
/// offer counts as named when it is listed, refused or withdrawn by name: the partner still knows
/// of it. Only a feed that tells all is guarded: in one of changes, silence means nothing.
pub fn guard(known: &Known, wanted: &Feed) -> Result<(), Shrunk> {
    if wanted.extent == Extent::Changes || known.is_empty() {
        return Ok(());
    }
    let refused = wanted.refused.iter().filter_map(|it| it.reference.as_ref());
    let withdrawn = wanted.withdrawn.iter().map(|it| &it.reference);
    let still: BTreeSet<&Reference> =
        refused.chain(withdrawn).filter(|it| known.contains_key(*it)).collect();
    let (named, known) = (wanted.offers.len() + still.len(), known.len());
    if named == 0 {
        Err(Shrunk::Empty { known })
    } else if named * 10 <= known {
        Err(Shrunk::ToATenth { named, known })
    } else {
        Ok(())
    }
}

/// The steps from what is `known` to what is `wanted`; none when they are the same.
///
/// An offer that is refused stays as it was, unless the feed also withdraws it by name: a typing
/// error in a price is no reason to take a resource away from its readers.
pub fn changes(known: &Known, wanted: &Feed) -> Vec<Change> {
    let listed = wanted.offers.iter().filter_map(|listing| match known.get(&listing.reference) {
        None => Some(Change::Publish(Box::new(listing.clone()))),
        Some(digest) if *digest != listing.digest() => {
            Some(Change::Revise(Box::new(listing.clone())))
        }
        Some(_) => None,
    });
    let mut steps: Vec<Change> = listed.collect();
    let named: BTreeSet<&Reference> = wanted.offers.iter().map(|it| &it.reference).collect();
    let mut gone: BTreeMap<&Reference, CompactString> = wanted
        .withdrawn
        .iter()
        .filter(|it| known.contains_key(&it.reference) && !named.contains(&it.reference))
        .map(|it| (&it.reference, it.reason.clone()))
        .collect();
    if wanted.extent == Extent::Full {
        let refused: BTreeSet<&Reference> =
            wanted.refused.iter().filter_map(|it| it.reference.as_ref()).collect();
        for reference in known.keys() {
            if !named.contains(reference) && !refused.contains(reference) {
                gone.entry(reference)
                    .or_insert_with(|| CompactString::const_new("no longer in its partner's feed"));
            }
        }
    }
    steps.extend(
        gone.into_iter()
            .map(|(reference, reason)| Change::Withdraw { reference: reference.clone(), reason }),
    );
    steps
}
