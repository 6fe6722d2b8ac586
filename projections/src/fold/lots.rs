//! The tables `lot` and `source`: what is left of each credit, and of all those of one envelope.

use ledger_core::account::{AccountEvent, Share};
use ledger_core::identifiers::Funder;
use ledger_core::ids::{EnvelopeId, LotId};
use rusqlite::{Connection, Transaction, params};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::At;
use crate::columns::{self, cents, day_number, stored};

/// The numbers of the envelopes that credits come from, by first appearance.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    numbers: FxHashMap<(EnvelopeId, Funder), u32>,
    /// The one looked up last: many events of one envelope follow each other.
    last: Option<((EnvelopeId, Funder), u32)>,
}

impl Sources {
    /// All those of the tables.
    pub(crate) fn read(from: &Connection) -> rusqlite::Result<Self> {
        let mut rows = from.prepare("SELECT no, envelope, funder FROM source")?;
        let numbers = rows.query_map([], |row| {
            let key = (EnvelopeId(columns::id(row, 1)?), columns::text(row, 2)?);
            Ok((key, row.get(0)?))
        })?;
        Ok(Self { numbers: numbers.collect::<rusqlite::Result<_>>()?, last: None })
    }

    /// Its number, and whether it is new.
    fn number(&mut self, envelope: EnvelopeId, funder: Funder) -> (u32, bool) {
        let key = (envelope, funder);
        if let Some((last, number)) = self.last
            && last == key
        {
            return (number, false);
        }
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(key).or_insert(next);
        self.last = Some((key, number));
        (number, number == next)
    }
}

/// What is added to the four sums of a lot.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    available: i64,
    held: i64,
    spent: i64,
    returned: i64,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.available += other.available;
        self.held += other.held;
        self.spent += other.spent;
        self.returned += other.returned;
    }
}

/// A lot that was granted: its last day, and where the event stands.
#[derive(Clone, Copy, Debug)]
struct Granted {
    valid_until: i32,
    position: i64,
}

#[derive(Debug)]
struct Change {
    account: Uuid,
    lot: LotId,
    source: u32,
    granted: Option<Granted>,
    sums: Sums,
}

#[derive(Debug)]
struct Total {
    new: Option<(EnvelopeId, Funder)>,
    lots: i64,
    first_expiry: i32,
    sums: Sums,
}

impl Default for Total {
    fn default() -> Self {
        Self { new: None, lots: 0, first_expiry: i32::MAX, sums: Sums::default() }
    }
}

/// What becomes of credits.
#[derive(Debug, Default)]
pub(super) struct Lots {
    changes: Vec<Change>,
    totals: FxHashMap<u32, Total>,
}

impl Lots {
    pub(super) fn take(&mut self, sources: &mut Sources, at: At, event: &AccountEvent) {
        let mut moved = |shares: &[Share], sums: fn(i64) -> Sums| {
            for it in shares {
                let sums = sums(cents(it.amount.cents()));
                self.change(sources, at, it.lot, (it.envelope, it.funder), None, sums);
            }
        };
        match event {
            AccountEvent::Authorised(it) => moved(&it.split, hold),
            AccountEvent::Captured(it) => {
                moved(&it.split, spend);
                moved(&it.freed, free);
            }
            AccountEvent::Cancelled(it) => moved(&it.freed, free),
            AccountEvent::HoldExpired(it) => moved(&it.freed, free),
            AccountEvent::Refunded(it) => {
                moved(&it.reopened, reopen);
                moved(&it.returned, give_back);
            }
            AccountEvent::Granted(it) => {
                let granted = Granted {
                    valid_until: day_number(it.valid_until),
                    position: stored(at.position),
                };
                let sums = Sums { available: cents(it.amount.cents()), ..Sums::default() };
                let source = (it.envelope, it.funder);
                self.change(sources, at, it.lot, source, Some(granted), sums);
            }
            AccountEvent::Returned(it) => {
                let sum = cents(it.amount.cents());
                let sums = Sums { available: -sum, returned: sum, ..Sums::default() };
                self.change(sources, at, it.lot, (it.envelope, it.funder), None, sums);
            }
            AccountEvent::Opened(_)
            | AccountEvent::Suspended(_)
            | AccountEvent::Resumed(_)
            | AccountEvent::Closed(_)
            | AccountEvent::Contested(_)
            | AccountEvent::ContestEnded(_)
            | AccountEvent::SpecimenTaken(_)
            | AccountEvent::LicenceAcquired(_)
            | AccountEvent::RenewalProposed(_)
            | AccountEvent::RenewalDeclined(_)
            | AccountEvent::Team(_) => (),
        }
    }

    fn change(
        &mut self,
        sources: &mut Sources,
        at: At,
        lot: LotId,
        (envelope, funder): (EnvelopeId, Funder),
        granted: Option<Granted>,
        sums: Sums,
    ) {
        let (source, new) = sources.number(envelope, funder);
        let total = self.totals.entry(source).or_default();
        if new {
            total.new = Some((envelope, funder));
        }
        if let Some(granted) = granted {
            total.lots += 1;
            total.first_expiry = total.first_expiry.min(granted.valid_until);
        }
        total.sums.add(&sums);
        // What is held and then spent in one append is one change.
        match self.changes.last_mut() {
            Some(last) if last.lot == lot && last.account == at.id => last.join(granted, &sums),
            Some(_) | None => {
                self.changes.push(Change { account: at.id, lot, source, granted, sums });
            }
        }
    }

    pub(super) fn sort(&mut self) {
        // Stable: a lot granted twice keeps its first grant.
        self.changes.sort_by_key(|it| (it.account, it.lot));
        self.changes.dedup_by(|later, first| {
            let same = (later.account, later.lot) == (first.account, first.lot);
            if same {
                first.join(later.granted, &later.sums);
            }
            same
        });
    }

    pub(super) fn write(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut update = to.prepare_cached(
            "UPDATE lot SET available = available + ?3, held = held + ?4, spent = spent + ?5,
                 returned = returned + ?6
             WHERE account = ?1 AND lot = ?2",
        )?;
        let mut insert = to.prepare_cached(
            "INSERT INTO lot (account, lot, available, held, spent, returned, source,
                 valid_until, position)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT DO UPDATE SET available = available + excluded.available,
                 held = held + excluded.held, spent = spent + excluded.spent,
                 returned = returned + excluded.returned,
                 valid_until = max(valid_until, excluded.valid_until),
                 position = max(position, excluded.position)",
        )?;
        for it in &self.changes {
            let Sums { available, held, spent, returned } = it.sums;
            let (account, lot) = (it.account.as_bytes(), it.lot.0.as_bytes());
            if it.granted.is_none()
                && update.execute(params![account, lot, available, held, spent, returned])? > 0
            {
                continue;
            }
            // A lot that was spent before it was granted, in a log that holds anything at all.
            let Granted { valid_until, position } =
                it.granted.unwrap_or(Granted { valid_until: 0, position: 0 });
            let source = it.source;
            insert.execute(params![
                account,
                lot,
                available,
                held,
                spent,
                returned,
                source,
                valid_until,
                position
            ])?;
        }
        self.write_totals(to)
    }

    fn write_totals(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut insert = to.prepare_cached(
            "INSERT INTO source (no, envelope, funder, lots, available, held, spent, returned,
                 first_expiry)
             VALUES (?1, ?2, ?3, 0, 0, 0, 0, 0, ?4)",
        )?;
        let mut update = to.prepare_cached(
            "UPDATE source SET lots = lots + ?2, available = available + ?3, held = held + ?4,
                 spent = spent + ?5, returned = returned + ?6,
                 first_expiry = min(first_expiry, ?7)
             WHERE no = ?1",
        )?;
        for (no, total) in &self.totals {
            if let Some((envelope, funder)) = total.new {
                let funder = funder.to_string();
                insert.execute(params![no, envelope.0.as_bytes(), funder, i32::MAX])?;
            }
            let Sums { available, held, spent, returned } = total.sums;
            let first_expiry = total.first_expiry;
            update.execute(params![
                no,
                total.lots,
                available,
                held,
                spent,
                returned,
                first_expiry
            ])?;
        }
        Ok(())
    }
}

impl Change {
    fn join(&mut self, granted: Option<Granted>, sums: &Sums) {
        self.sums.add(sums);
        if self.granted.is_none() {
            self.granted = granted;
        }
    }
}

fn hold(sum: i64) -> Sums {
    Sums { available: -sum, held: sum, ..Sums::default() }
}

fn spend(sum: i64) -> Sums {
    Sums { held: -sum, spent: sum, ..Sums::default() }
}

fn free(sum: i64) -> Sums {
    Sums { held: -sum, available: sum, ..Sums::default() }
}

fn reopen(sum: i64) -> Sums {
    Sums { spent: -sum, available: sum, ..Sums::default() }
}

fn give_back(sum: i64) -> Sums {
    Sums { spent: -sum, returned: sum, ..Sums::default() }
}
