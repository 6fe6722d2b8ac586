//! Who pays for a purchase: which lots may, in which order, and for how much of it.
//!
//! One order for everybody, so that it can be shown before paying and recomputed by an auditor:
//! the funders' priority, then the soonest expiry, then the most specific earmark, then the
//! oldest lot, then its id.

use chrono::NaiveDate;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::state::{Account, Lot};
use super::{AccountRefusal, Share, Shares};
use crate::ids::EnvelopeId;
use crate::money::{Amount, Balance};
use crate::offer::Kind;

/// What credits may buy (fléchage); an empty list excludes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Earmark {
    /// Only resources of these kinds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<Kind>,
    /// Only resources of one of these subjects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<CompactString>,
}

impl Earmark {
    /// Whether it excludes nothing.
    pub fn is_none(&self) -> bool {
        self.kinds.is_empty() && self.subjects.is_empty()
    }

    /// Whether a resource of this kind and these subjects may be bought.
    pub fn admits(&self, kind: Kind, subjects: &[CompactString]) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.subjects.is_empty() || self.subjects.iter().any(|it| subjects.contains(it)))
    }

    /// How many of its two lists exclude something.
    fn specificity(&self) -> u8 {
        u8::from(!self.kinds.is_empty()) + u8::from(!self.subjects.is_empty())
    }
}

/// What is to be paid, and when.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The resource's kind.
    pub kind: Kind,
    /// The resource's subjects.
    pub subjects: &'a [CompactString],
    /// How much.
    pub amount: Amount,
    /// Today in Europe/Paris.
    pub on: NaiveDate,
    /// Envelopes that pay for nothing new today.
    pub frozen: &'a [EnvelopeId],
}

impl Account {
    /// Who would pay `wanted`, in which order; adds up to its amount.
    pub fn split(&self, wanted: &Wanted<'_>) -> Result<Shares, AccountRefusal> {
        let mut lots: Vec<(usize, &Lot)> =
            self.lots.iter().enumerate().filter(|(_, lot)| may_pay(lot, wanted)).collect();
        if lots.len() > 1 {
            lots.sort_by_key(|(age, lot)| {
                let specificity = u8::MAX - lot.earmark().specificity();
                (lot.priority, lot.valid_until, specificity, *age, lot.id)
            });
        }
        let mut left = Some(wanted.amount);
        let mut shares = Shares::new();
        for (_, lot) in lots {
            let Some(due) = left else { break };
            if let Some(amount) = due.at_most(lot.available) {
                shares.push(Share {
                    lot: lot.id,
                    envelope: lot.envelope,
                    funder: lot.funder,
                    amount,
                });
                left = due.less(amount);
            }
        }
        match left {
            None => Ok(shares),
            Some(missing) => Err(self.short(wanted, missing)),
        }
    }

    /// Why `wanted` cannot be paid, `missing` being what no lot may pay.
    fn short(&self, wanted: &Wanted<'_>, missing: Amount) -> AccountRefusal {
        let available = self.available_on(wanted.on);
        let sum = |test: &dyn Fn(&&Lot) -> bool| {
            self.lots.iter().filter(test).map(|it| it.available).sum::<Balance>()
        };
        match available.missing(wanted.amount) {
            Some(missing) => AccountRefusal::NotEnough { available, missing },
            None => AccountRefusal::NotEligible {
                available,
                eligible: sum(&|lot| may_pay(lot, wanted)),
                missing,
                frozen: sum(&|lot| {
                    lot.valid_until >= wanted.on && wanted.frozen.contains(&lot.envelope)
                }),
            },
        }
    }
}

/// Whether `lot` may pay something of `wanted`.
fn may_pay(lot: &Lot, wanted: &Wanted<'_>) -> bool {
    !lot.available.is_zero()
        && lot.valid_until >= wanted.on
        && lot.earmark().admits(wanted.kind, wanted.subjects)
        && !wanted.frozen.contains(&lot.envelope)
}
