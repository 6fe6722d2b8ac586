//! What to do about what is told: known × wanted → changes, pure.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use ledger_core::digest::Digest;
use ledger_core::offer::Listing;

use crate::feed::{Reference, Withdrawn};

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

/// A feed that names so few of what it should that it is held for a human.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shrunk {
    /// How many records there were.
    pub known: usize,
    /// How many of them it names, or new ones.
    pub named: usize,
}

/// Whether a feed that tells all, and names `named` records where `known` were, is held: it names
/// a tenth or less.
///
/// Guards against a partner's outage or mistake, which would take its whole catalogue off sale. A
/// record counts as named when it is listed, refused or withdrawn by name: the partner still knows
/// of it. In a feed of changes, silence means nothing.
pub fn guard(known: usize, named: usize) -> Result<(), Shrunk> {
    if known > 0 && named.saturating_mul(10) <= known {
        return Err(Shrunk { known, named });
    }
    Ok(())
}

/// What to do about one offer that is told: `None` when it says what is known.
pub fn change(known: &Known, listing: Listing) -> Option<Change> {
    match known.get(&listing.reference) {
        None => Some(Change::Publish(Box::new(listing))),
        Some(digest) if *digest != listing.digest() => Some(Change::Revise(Box::new(listing))),
        Some(_) => None,
    }
}

/// What is told no more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Silence {
    /// Offers that are told.
    pub named: BTreeSet<Reference>,
    /// Offers that are refused: a typing error in a price is no reason to take a resource away from
    /// its readers.
    pub refused: BTreeSet<Reference>,
    /// Offers that were withdrawn by name.
    pub gone: Vec<Withdrawn>,
    /// Whether all that is sold was told: what was not is no longer sold.
    pub whole: bool,
}

/// What to withdraw from sale.
pub fn withdrawals(known: &Known, told: Silence) -> Vec<Change> {
    let Silence { named, refused, gone, whole } = told;
    let mut reasons: BTreeMap<Reference, CompactString> =
        gone.into_iter().map(|it| (it.reference, it.reason)).collect();
    let withdraw = |reference: &Reference| {
        let by_name = reasons.remove(reference);
        if named.contains(reference) || by_name.is_none() && (!whole || refused.contains(reference))
        {
            return None;
        }
        let reason =
            by_name.unwrap_or_else(|| CompactString::const_new("no longer in its partner's feed"));
        Some(Change::Withdraw { reference: reference.clone(), reason })
    };
    known.keys().filter_map(withdraw).collect()
}
