//! The tables `purchase` and `open_hold`: what was bought, and what is held.

use ledger_core::account::{
    HoldExpired, PurchaseAuthorised, PurchaseCancelled, PurchaseCaptured, PurchaseRefunded,
    PurchaseStatus, Share, Terms,
};
use ledger_core::ids::PurchaseId;
use ledger_core::offer::Kind;
use ledger_core::repeated::Repeated;
use rusqlite::{Transaction, params};
use uuid::Uuid;

use super::At;
use crate::columns::{cents, stored};

/// What becomes of purchases.
#[derive(Debug, Default)]
pub(super) struct Purchases {
    changes: Vec<Change>,
}

/// One purchase: its row if it is new, and what is added to it.
#[derive(Debug)]
struct Change {
    purchase: PurchaseId,
    account: Uuid,
    new: Option<New>,
    held: i64,
    captured: i64,
    refunded: i64,
    status: Option<PurchaseStatus>,
    last: i64,
}

#[derive(Debug)]
struct New {
    position: i64,
    terms: Repeated<Terms>,
    amount: i64,
    hold_until: i64,
    at: i64,
}

impl Purchases {
    pub(super) fn authorised(&mut self, at: At, it: PurchaseAuthorised) {
        let amount = cents(it.amount.cents());
        let hold_until = it.hold_until.timestamp();
        let position = stored(at.position);
        let new = New { position, terms: it.terms, amount, hold_until, at: at.milliseconds };
        let status = Some(PurchaseStatus::Authorised);
        self.change(at, it.purchase, |change| {
            change.new = Some(new);
            change.held = amount;
            change.status = status;
        });
    }

    pub(super) fn captured(&mut self, at: At, it: &PurchaseCaptured) {
        let (captured, freed) = (cents(it.amount.cents()), total(&it.freed));
        self.change(at, it.purchase, |change| {
            change.held -= captured + freed;
            change.captured += captured;
            if it.last {
                change.status = Some(PurchaseStatus::Captured);
            }
        });
    }

    pub(super) fn cancelled(&mut self, at: At, it: &PurchaseCancelled) {
        self.change(at, it.purchase, |change| {
            change.held -= total(&it.freed);
            change.status = Some(PurchaseStatus::Cancelled);
        });
    }

    pub(super) fn expired(&mut self, at: At, it: &HoldExpired) {
        self.change(at, it.purchase, |change| {
            change.held -= total(&it.freed);
            change.status = Some(PurchaseStatus::Expired);
        });
    }

    pub(super) fn refunded(&mut self, at: At, it: &PurchaseRefunded) {
        let refunded = cents(it.amount.cents());
        self.change(at, it.purchase, |change| change.refunded += refunded);
    }

    fn change(&mut self, at: At, purchase: PurchaseId, apply: impl FnOnce(&mut Change)) {
        let mut change = Change {
            purchase,
            account: at.id,
            new: None,
            held: 0,
            captured: 0,
            refunded: 0,
            status: None,
            last: stored(at.position),
        };
        apply(&mut change);
        match self.changes.last_mut() {
            Some(last) if last.takes(&change) => last.join(&mut change),
            Some(_) | None => self.changes.push(change),
        }
    }

    pub(super) fn sort(&mut self) {
        // Stable: what happened to a purchase stays in its order.
        self.changes.sort_by_key(|it| (it.purchase, it.account));
        self.changes.dedup_by(|later, first| {
            let same = first.takes(later);
            if same {
                first.join(later);
            }
            same
        });
    }

    pub(super) fn write(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        if self.changes.is_empty() {
            return Ok(());
        }
        insert(to, self.changes.iter().filter_map(|it| Some((it, it.new.as_ref()?))))?;
        update(to, self.changes.iter().filter(|it| it.new.is_none()))
    }
}

fn insert<'a>(
    to: &Transaction<'_>,
    new: impl Iterator<Item = (&'a Change, &'a New)>,
) -> rusqlite::Result<()> {
    let mut insert = to.prepare_cached(
        "INSERT OR IGNORE INTO purchase (id, account, offer, partner, title, kind,
             amount, held, captured, refunded, status, hold_until, at, position, last)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?;
    let mut hold = to.prepare_cached("INSERT OR IGNORE INTO open_hold VALUES (?1, ?2, ?3)")?;
    for (change, new) in new {
        let (id, account) = (change.purchase.0.as_bytes(), change.account.as_bytes());
        let terms = &new.terms;
        let status = change.status.unwrap_or(PurchaseStatus::Authorised);
        insert.execute(params![
            id,
            account,
            terms.offer.0.as_bytes(),
            terms.partner.0.as_bytes(),
            terms.title,
            kind_code(terms.kind),
            new.amount,
            change.held,
            change.captured,
            change.refunded,
            status_code(status),
            new.hold_until,
            new.at,
            new.position,
            change.last,
        ])?;
        if status == PurchaseStatus::Authorised {
            hold.execute(params![id, account, new.hold_until])?;
        }
    }
    Ok(())
}

fn update<'a>(
    to: &Transaction<'_>,
    changes: impl Iterator<Item = &'a Change>,
) -> rusqlite::Result<()> {
    let mut update = to.prepare_cached(
        "UPDATE purchase SET held = held + ?3, captured = captured + ?4, refunded = refunded + ?5,
             status = coalesce(?6, status), last = ?7
         WHERE id = ?1 AND account = ?2",
    )?;
    let mut close =
        to.prepare_cached("DELETE FROM open_hold WHERE purchase = ?1 AND account = ?2")?;
    for it in changes {
        let (id, account) = (it.purchase.0.as_bytes(), it.account.as_bytes());
        let status = it.status.map(status_code);
        let Change { held, captured, refunded, last, .. } = it;
        update.execute(params![id, account, held, captured, refunded, status, last])?;
        if it.status.is_some() {
            close.execute(params![id, account])?;
        }
    }
    Ok(())
}

impl Change {
    fn takes(&self, later: &Self) -> bool {
        (self.purchase, self.account) == (later.purchase, later.account)
    }

    fn join(&mut self, later: &mut Self) {
        if self.new.is_none() {
            self.new = later.new.take();
        }
        self.held += later.held;
        self.captured += later.captured;
        self.refunded += later.refunded;
        self.status = later.status.or(self.status);
        self.last = self.last.max(later.last);
    }
}

fn total(shares: &[Share]) -> i64 {
    shares.iter().map(|it| cents(it.amount.cents())).sum()
}

/// `purchase.status`.
pub(crate) const fn status_code(status: PurchaseStatus) -> u8 {
    match status {
        PurchaseStatus::Authorised => 0,
        PurchaseStatus::Captured => 1,
        PurchaseStatus::Cancelled => 2,
        PurchaseStatus::Expired => 3,
    }
}

/// `purchase.kind` and `offer.kind`: its place in [`Kind::ALL`].
pub(crate) fn kind_code(kind: Kind) -> u8 {
    Kind::ALL.iter().position(|it| *it == kind).and_then(|it| u8::try_from(it).ok()).unwrap_or(0)
}
