//! The tables `partner_line`, `contest` and `envelope_day`: what was delivered and given back, for
//! partners' settlements and for the consumption of envelopes.

use ledger_core::account::{AccountEvent, ContestEnded, ContestOutcome, PurchaseContested, Share};
use ledger_core::meta::accounting_day;
use rusqlite::{Transaction, params};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::At;
use crate::columns::{cents, day_number, stored};

/// One capture or refund.
#[derive(Debug)]
struct Line {
    partner: Uuid,
    position: i64,
    account: Uuid,
    purchase: Uuid,
    refund: bool,
    amount: i64,
}

/// What an envelope's credits came to on one day.
#[derive(Clone, Copy, Debug, Default)]
struct Day {
    authorised: i64,
    freed: i64,
    captured: i64,
    refunded: i64,
}

/// What is added.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    lines: Vec<Line>,
    days: FxHashMap<(Uuid, i32), Day>,
    contests: Vec<(At, Contest)>,
    /// The day of the hour looked up last.
    hour: Option<(i64, i32)>,
}

#[derive(Debug)]
enum Contest {
    Begun(PurchaseContested),
    Ended(ContestEnded),
}

impl Deliveries {
    pub(super) fn take(&mut self, at: At, event: &AccountEvent) {
        match event {
            AccountEvent::Authorised(it) => {
                self.add(at, &it.split, |day| &mut day.authorised);
            }
            AccountEvent::Captured(it) => {
                self.line(at, it.partner.0, it.purchase.0, false, it.amount.cents());
                self.add(at, &it.split, |day| &mut day.captured);
                self.add(at, &it.freed, |day| &mut day.freed);
            }
            AccountEvent::Cancelled(it) => self.add(at, &it.freed, |day| &mut day.freed),
            AccountEvent::HoldExpired(it) => self.add(at, &it.freed, |day| &mut day.freed),
            AccountEvent::Refunded(it) => {
                self.line(at, it.partner.0, it.purchase.0, true, it.amount.cents());
                self.add(at, &it.reopened, |day| &mut day.refunded);
                self.add(at, &it.returned, |day| &mut day.refunded);
            }
            AccountEvent::Contested(it) => self.contests.push((at, Contest::Begun(it.clone()))),
            AccountEvent::ContestEnded(it) => {
                self.contests.push((at, Contest::Ended(it.clone())));
            }
            AccountEvent::Opened(_)
            | AccountEvent::Granted(_)
            | AccountEvent::Returned(_)
            | AccountEvent::SpecimenTaken(_)
            | AccountEvent::LicenceAcquired(_)
            | AccountEvent::RenewalProposed(_)
            | AccountEvent::RenewalDeclined(_)
            | AccountEvent::Team(_)
            | AccountEvent::Suspended(_)
            | AccountEvent::Resumed(_)
            | AccountEvent::Closed(_) => (),
        }
    }

    fn line(&mut self, at: At, partner: Uuid, purchase: Uuid, refund: bool, amount: u64) {
        let (position, account, amount) = (stored(at.position), at.id, cents(amount));
        self.lines.push(Line { partner, position, account, purchase, refund, amount });
    }

    fn add(&mut self, at: At, shares: &[Share], to: fn(&mut Day) -> &mut i64) {
        let day = self.day(at.milliseconds);
        for it in shares {
            let of = self.days.entry((it.envelope.0, day)).or_default();
            *to(of) += cents(it.amount.cents());
        }
    }

    /// The day in Paris, which is whole hours from UTC.
    fn day(&mut self, milliseconds: i64) -> i32 {
        let hour = milliseconds.div_euclid(3_600_000);
        match self.hour {
            Some((known, day)) if known == hour => day,
            Some(_) | None => {
                let at = chrono::DateTime::from_timestamp_millis(milliseconds).unwrap_or_default();
                let day = day_number(accounting_day(at));
                self.hour = Some((hour, day));
                day
            }
        }
    }

    pub(super) fn sort(&mut self) {
        self.lines.sort_unstable_by_key(|it| (it.partner, it.position));
    }

    pub(super) fn write(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut insert = to.prepare_cached(
            "INSERT OR REPLACE INTO partner_line VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for Line { partner, position, account, purchase, refund, amount } in &self.lines {
            let (partner, account) = (partner.as_bytes(), account.as_bytes());
            let purchase = purchase.as_bytes();
            insert.execute(params![partner, position, account, purchase, refund, amount])?;
        }
        let mut add = to.prepare_cached(
            "INSERT INTO envelope_day VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET authorised = authorised + excluded.authorised,
                 freed = freed + excluded.freed, captured = captured + excluded.captured,
                 refunded = refunded + excluded.refunded",
        )?;
        for ((envelope, day), Day { authorised, freed, captured, refunded }) in &self.days {
            let envelope = envelope.as_bytes();
            add.execute(params![envelope, day, authorised, freed, captured, refunded])?;
        }
        for (at, contest) in &self.contests {
            contest.write(to, *at)?;
        }
        Ok(())
    }
}

impl Contest {
    fn write(&self, to: &Transaction<'_>, at: At) -> rusqlite::Result<()> {
        match self {
            Self::Begun(it) => to
                .prepare_cached(
                    "INSERT OR REPLACE INTO contest VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, NULL)",
                )?
                .execute(params![
                    it.purchase.0.as_bytes(),
                    at.id.as_bytes(),
                    it.partner.0.as_bytes(),
                    cents(it.amount.cents()),
                    it.reason.as_str(),
                    at.milliseconds,
                ])?,
            Self::Ended(it) => {
                let outcome = match it.outcome {
                    ContestOutcome::Withdrawn => "withdrawn",
                    ContestOutcome::Dismissed => "dismissed",
                };
                to.prepare_cached(
                    "UPDATE contest SET outcome = ?2, finding = ?3 WHERE purchase = ?1",
                )?
                .execute(params![
                    it.purchase.0.as_bytes(),
                    outcome,
                    it.reason.as_str()
                ])?
            }
        };
        Ok(())
    }
}
