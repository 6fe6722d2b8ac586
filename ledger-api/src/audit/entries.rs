//! The entries that events are, line by line, as tables show them.

use ledger_core::chart::Auxiliary;
use ledger_core::event::Event;
use ledger_core::journal::{self, Journal, Posting};
use ledger_core::money::Balance;

use super::names::Names;

/// One line of an entry: one side of a posting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Which journal.
    pub(super) journal: Journal,
    /// The general account's number and title.
    pub(super) account: (u32, &'static str),
    /// The auxiliary's code and whose it is; empty when it is nobody's.
    pub(super) auxiliary: (String, String),
    /// What it is, as on the ledgers.
    pub(super) label: &'static str,
    /// Nothing when it is on the other side.
    pub(super) debit: Balance,
    /// Likewise.
    pub(super) credit: Balance,
}

impl Line {
    /// The general ledger that the line stands in.
    pub(super) fn ledger(&self) -> String {
        match self.auxiliary.0.as_str() {
            "" => format!("/comptable/grand-livre/{}", self.account.0),
            code => format!("/comptable/grand-livre/{}?auxiliaire={code}", self.account.0),
        }
    }
}

/// The lines of one event, and what they add up to on each side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Debits before credits, posting by posting.
    pub(super) lines: Vec<Line>,
    /// The sum of both sides, which are equal by construction.
    pub(super) total: Balance,
}

/// The entry that `event` is; without lines when it moves nothing.
pub(super) fn of(event: &Event, names: &Names) -> Entry {
    of_postings(&journal::postings(event), names)
}

/// The entry of some postings.
pub(super) fn of_postings(postings: &[Posting], names: &Names) -> Entry {
    Entry {
        lines: postings.iter().flat_map(|it| sides(it, names)).collect(),
        total: postings.iter().map(|it| Balance::from(it.amount)).sum(),
    }
}

fn sides(posting: &Posting, names: &Names) -> [Line; 2] {
    let amount = Balance::from(posting.amount);
    let line = |side: ledger_core::journal::Side, debit, credit| Line {
        journal: posting.journal,
        account: (side.account.number(), side.account.title()),
        auxiliary: whose(&side.auxiliary, names),
        label: posting.label,
        debit,
        credit,
    };
    [line(posting.debit, amount, Balance::ZERO), line(posting.credit, Balance::ZERO, amount)]
}

fn whose(auxiliary: &Auxiliary, names: &Names) -> (String, String) {
    (auxiliary.code().to_owned(), names.auxiliary(auxiliary).to_owned())
}
