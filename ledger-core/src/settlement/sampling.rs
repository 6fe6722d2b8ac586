//! Which purchases an accountant looks at more closely (contrôle hiérarchisé, art. 42): by rules of
//! risk, and by a random draw that anyone can make again.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::ids::{AccountId, PartnerId, PurchaseId};
use crate::money::{Amount, Balance};
use crate::offer::Kind;

/// How risk is told: what is always looked at, and how much of the rest at random.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlPlan {
    /// Its number, from 1.
    pub number: u32,
    /// Purchases of this sum or more are all looked at; zero looks at all of them.
    pub from: Balance,
    /// Partners of whom everything is looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partners: Vec<PartnerId>,
    /// Kinds of resources that are always looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<Kind>,
    /// How much of the rest is drawn, in thousandths; 0 draws nothing, 1000 everything.
    pub rate: u16,
    /// The decision that allows it; 1 to 200 characters.
    pub legal_reference: CompactString,
}

/// What a plan needs to know of one purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Whose purchase.
    pub account: AccountId,
    /// Which one.
    pub purchase: PurchaseId,
    /// Whose sale.
    pub partner: PartnerId,
    /// What kind of resource; `None` when it is not known.
    pub kind: Option<Kind>,
    /// How much of it is settled.
    pub amount: Amount,
}

/// Why a purchase is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drawn {
    /// It is large.
    Amount,
    /// Everything of its partner is looked at.
    Partner,
    /// Everything of its kind is looked at.
    Kind,
    /// The draw.
    Chance,
}

impl Drawn {
    /// In French.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Amount => "montant",
            Self::Partner => "partenaire",
            Self::Kind => "type de ressource",
            Self::Chance => "tirage au sort",
        }
    }
}

/// A purchase to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampled {
    /// Whose purchase.
    pub account: AccountId,
    /// Which one.
    pub purchase: PurchaseId,
    /// How much of it is settled.
    pub amount: Amount,
    /// Why.
    pub because: Drawn,
}

impl ControlPlan {
    /// Whether `it` is looked at, and why; the same answer for the same seed, whatever else there
    /// is to draw from.
    pub fn draw(&self, seed: u64, it: &Candidate) -> Option<Sampled> {
        let because = if Balance::from(it.amount) >= self.from {
            Drawn::Amount
        } else if self.partners.contains(&it.partner) {
            Drawn::Partner
        } else if it.kind.is_some_and(|kind| self.kinds.contains(&kind)) {
            Drawn::Kind
        } else if chance(seed, it.purchase) < self.rate {
            Drawn::Chance
        } else {
            return None;
        };
        let (account, purchase, amount) = (it.account, it.purchase, it.amount);
        Some(Sampled { account, purchase, amount, because })
    }

    /// Whether every field can be taken; the first that cannot, and what would be right.
    pub fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if self.rate > 1000 {
            return Err(("rate", "expected 0 to 1000 thousandths"));
        }
        if !(1..=200).contains(&self.legal_reference.trim().chars().count()) {
            return Err(("legal_reference", "expected 1 to 200 characters"));
        }
        Ok(())
    }
}

/// A number from 0 to 999 that follows from both: the first eight bytes of the SHA-256 of the seed
/// and the purchase's id, both big-endian, modulo 1,000.
pub fn chance(seed: u64, purchase: PurchaseId) -> u16 {
    let mut bytes = [0_u8; 24];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    bytes[8..].copy_from_slice(purchase.0.as_bytes());
    let digest = Digest::of(&bytes).0;
    let number = digest[..8].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    u16::try_from(number % 1_000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn plan() -> ControlPlan {
        ControlPlan {
            number: 1,
            from: Balance::from_cents(100_00),
            partners: vec![PartnerId(Uuid::from_u128(9))],
            kinds: vec![Kind::Media],
            rate: 100,
            legal_reference: "Plan de contrôle 2026".into(),
        }
    }

    fn candidate(number: u128, cents: u64) -> Candidate {
        Candidate {
            account: AccountId(Uuid::from_u128(1)),
            purchase: PurchaseId(Uuid::from_u128(number)),
            partner: PartnerId(Uuid::from_u128(2)),
            kind: Some(Kind::Exercises),
            amount: Amount::from_cents(cents).unwrap(),
        }
    }

    fn why(plan: &ControlPlan, it: &Candidate) -> Option<Drawn> {
        plan.draw(7, it).map(|it| it.because)
    }

    #[test]
    fn what_is_large_risky_or_of_a_risky_partner_is_always_looked_at() {
        let mut candidates = (0..100).map(|it| candidate(it, 3_00));
        let unlucky = candidates.find(|it| chance(7, it.purchase) >= 100).unwrap();
        assert_eq!(why(&plan(), &unlucky), None);
        let large = Candidate { amount: Amount::from_cents(100_00).unwrap(), ..unlucky };
        assert_eq!(why(&plan(), &large), Some(Drawn::Amount));
        let partner = Candidate { partner: PartnerId(Uuid::from_u128(9)), ..unlucky };
        assert_eq!(why(&plan(), &partner), Some(Drawn::Partner));
        let media = Candidate { kind: Some(Kind::Media), ..unlucky };
        assert_eq!(why(&plan(), &media), Some(Drawn::Kind));
    }

    #[test]
    fn the_draw_is_the_same_for_the_same_seed_and_near_its_rate() {
        let plan = ControlPlan { from: Balance::from_cents(u64::MAX), ..plan() };
        let drawn = |seed| -> Vec<u128> {
            (0..10_000).filter(|it| plan.draw(seed, &candidate(*it, 3_00)).is_some()).collect()
        };
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
        assert!((850..1_150).contains(&drawn(7).len()), "{}", drawn(7).len());
        let none = ControlPlan { rate: 0, ..plan };
        assert!((0..1_000).all(|it| none.draw(7, &candidate(it, 3_00)).is_none()));
    }

    /// The number that docs/operating.md computes outside.
    #[test]
    fn the_draw_is_made_again_by_anyone() {
        let purchase =
            PurchaseId(Uuid::from_bytes(std::array::from_fn(|it| u8::try_from(it).unwrap())));
        assert_eq!(chance(42, purchase), 560);
    }
}
