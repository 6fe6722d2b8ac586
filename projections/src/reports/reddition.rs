//! What was done with a funder's money over some days (reddition de comptes): every operation by
//! nature, without netting; spending, settlement by settlement; the state of the advance.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use chrono::NaiveDate;
use ledger_core::chart::{Auxiliary, LedgerAccount};
use ledger_core::event_log::{Log, Position};
use ledger_core::identifiers::Funder;
use ledger_core::ids::{EnvelopeId, SettlementId};
use ledger_core::money::Balance;
use ledger_core::settlement::{Settlement, Stage};
use rusqlite::params;

use super::journal::{JournalOf, each_entry};
use super::trial_balance::TrialBalanceOf;
use crate::columns;
use crate::{ReadError, Reader};

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedditionOf {
    /// Whose money.
    pub funder: Funder,
    /// The first day.
    pub from: NaiveDate,
    /// The last day, included.
    pub to: NaiveDate,
}

/// All operations of one nature on one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// What they are, as on the ledgers.
    pub label: &'static str,
    /// The general account they move.
    pub account: LedgerAccount,
    /// What they debit.
    pub debit: Balance,
    /// What they credit.
    pub credit: Balance,
    /// How many lines.
    pub lines: u64,
}

/// What one envelope paid of one settlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spending {
    /// Which settlement.
    pub settlement: SettlementId,
    /// The last day of its period.
    pub period: NaiveDate,
    /// The partner's trade name.
    pub partner: String,
    /// Which envelope pays.
    pub envelope: EnvelopeId,
    /// How much.
    pub amount: Balance,
    /// How far the settlement is.
    pub stage: Stage,
    /// How many vouchers it has.
    pub vouchers: u64,
}

/// The state of a funder's advance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Advance {
    /// What was there before the first day: called for or received, and not spent.
    pub opening: Balance,
    /// What arrived at the bank.
    pub received: Balance,
    /// Service done.
    pub spent: Balance,
    /// What partners gave back.
    pub refunded: Balance,
    /// What went back to the funder.
    pub returned: Balance,
    /// What went back to the funder and failed: the bank refused it, or it came back.
    pub came_back: Balance,
    /// What was there after the last day.
    pub closing: Balance,
    /// What teachers may still spend of it.
    pub rights: Balance,
    /// What is held or committed.
    pub held: Balance,
    /// What nothing stands against.
    pub free: Balance,
}

/// What was done with a funder's money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reddition {
    /// Which one.
    pub of: RedditionOf,
    /// Up to where the log was read.
    pub position: Position,
    /// Every operation, by label and account.
    pub operations: Vec<Operation>,
    /// Spending, the oldest period first.
    pub spending: Vec<Spending>,
    /// The state of the advance.
    pub advance: Advance,
}

/// Reads the reddition of `of`; its operations come from the log itself.
pub async fn reddition(reader: Reader, log: &Log, of: RedditionOf) -> Result<Reddition, ReadError> {
    let position = reader.position();
    let spending = spending(&reader, of)?;
    let (opening, closing) =
        (balances(&reader, of, of.from.pred_opt())?, balances(&reader, of, Some(of.to))?);
    let mut sums: BTreeMap<(LedgerAccount, &'static str), Operation> = BTreeMap::new();
    let days = JournalOf { from: Some(of.from), to: Some(of.to), ..JournalOf::default() };
    let whose = Auxiliary::Funder(of.funder);
    each_entry(reader, log, days, None, |entry| {
        for posting in &entry.postings {
            for (side, is_credit) in [(posting.debit, false), (posting.credit, true)] {
                if side.auxiliary != whose {
                    continue;
                }
                let operation = sums.entry((side.account, posting.label)).or_insert(Operation {
                    label: posting.label,
                    account: side.account,
                    debit: Balance::ZERO,
                    credit: Balance::ZERO,
                    lines: 0,
                });
                operation.lines += 1;
                let sum = if is_credit { &mut operation.credit } else { &mut operation.debit };
                *sum = sum.plus(posting.amount);
            }
        }
        Ok(ControlFlow::Continue(()))
    })
    .await?;
    let operations: Vec<Operation> = sums.into_values().collect();
    let advance = advance(of.funder, &operations, &opening, &closing);
    Ok(Reddition { of, position, operations, spending, advance })
}

type Sums = BTreeMap<LedgerAccount, (Balance, Balance)>;

/// What each account of the funder had been debited and credited by the end of `to`.
fn balances(reader: &Reader, of: RedditionOf, to: Option<NaiveDate>) -> Result<Sums, ReadError> {
    let balance = reader.trial_balance(TrialBalanceOf {
        to,
        by_auxiliary: true,
        ..TrialBalanceOf::default()
    })?;
    let whose = Some(Auxiliary::Funder(of.funder));
    let lines = balance.lines.into_iter().filter(|it| it.auxiliary == whose);
    Ok(lines.map(|it| (it.account, (it.debit, it.credit))).collect())
}

fn advance(funder: Funder, operations: &[Operation], opening: &Sums, closing: &Sums) -> Advance {
    let funds = LedgerAccount::funds_of(funder);
    let of = |sums: &Sums, account| sums.get(&account).copied().unwrap_or_default();
    let credit = |sums: &Sums, account| {
        let (debit, credit) = of(sums, account);
        credit.beyond(debit)
    };
    let debit = |sums: &Sums, account| {
        let (debit, credit) = of(sums, account);
        debit.beyond(credit)
    };
    let labelled = |label: &str, is_credit: bool| -> Balance {
        let of_label = operations.iter().filter(|it| it.label == label);
        of_label.map(|it| if is_credit { it.credit } else { it.debit }).sum()
    };
    // What a collectivité was asked for and has not paid is not there yet.
    let there =
        |sums: &Sums| credit(sums, funds).beyond(debit(sums, LedgerAccount::CollectivityCalls));
    let rights = debit(closing, LedgerAccount::rights_of(funder));
    let held = debit(closing, LedgerAccount::Holds).and(debit(closing, LedgerAccount::Commitments));
    let closing_advance = there(closing);
    Advance {
        opening: there(opening),
        received: labelled("Fonds reçus", true),
        spent: labelled("Service fait", false),
        refunded: labelled("Remboursement", true),
        returned: labelled("Restitution émise", false),
        came_back: labelled("Restitution rejetée", true).and(labelled("Restitution revenue", true)),
        closing: closing_advance,
        rights,
        held,
        free: closing_advance.beyond(rights.and(held)),
    }
}

fn spending(reader: &Reader, of: RedditionOf) -> Result<Vec<Spending>, ReadError> {
    let mut rows = reader.sql()?.prepare_cached(
        "SELECT s.id, s.period, coalesce(p.name, ''), c.envelope, c.amount, s.state
         FROM settlement_charge c
         JOIN envelope e ON e.id = c.envelope
         JOIN settlement s ON s.id = c.settlement
         LEFT JOIN partner p ON p.id = s.partner
         WHERE e.funder = ?1 AND s.period >= ?2 AND s.period <= ?3
         ORDER BY s.period, p.name, s.id, c.envelope",
    )?;
    let (from, to) = (columns::day_number(of.from), columns::day_number(of.to));
    let rows = rows.query_map(params![of.funder.to_string(), from, to], |row| {
        let state: Settlement = columns::json(row, 5)?;
        Ok(Spending {
            settlement: SettlementId(columns::id(row, 0)?),
            period: columns::day(row, 1)?,
            partner: row.get(2)?,
            envelope: EnvelopeId(columns::id(row, 3)?),
            amount: columns::sum(row, 4)?,
            stage: state.stage,
            vouchers: state.vouchers.len() as u64,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
