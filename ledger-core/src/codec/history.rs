//! Shapes that are read and no longer written, each with its `From` to today's.

use compact_str::CompactString;
use serde::Deserialize;

use crate::batch::BatchRefused;

/// Up to 2026-11: the rule stood in the words of the reason only.
#[derive(Deserialize)]
pub(super) struct BatchRefusedV1 {
    reason: CompactString,
}

impl From<BatchRefusedV1> for BatchRefused {
    fn from(it: BatchRefusedV1) -> Self {
        let rules = [
            // Its own words come first: what follows is the reason that somebody typed.
            ("envelope is frozen", "envelope-frozen"),
            ("envelope is closed", "envelope-closed"),
            ("over the provisional budget", "over-provisional-budget"),
            ("over the budget", "over-budget"),
            ("more than the funds received", "not-funded"),
            ("envelope credits accounts from", "envelope-not-valid"),
        ];
        let rule = rules.into_iter().find(|(words, _)| it.reason.contains(words));
        let rule = rule.map_or("conflict", |(_, rule)| rule).into();
        Self { rule, reason: it.reason }
    }
}
