//! The tables `agreement`, `agreement_line` and `term`: what agreements count, and what is left to
//! count; subscriptions and their terms.

use chrono::{DateTime, Days, NaiveDate};
use ledger_core::account::{
    LicenceAcquired, PurchaseAuthorised, PurchaseCaptured, PurchaseRefunded, RenewalDeclined,
    RenewalProposed,
};
use ledger_core::agreement::{AgreementEvent, AgreementSigned};
use ledger_core::ids::{OfferId, PartnerId, PurchaseId};
use ledger_core::meta::accounting_day;
use ledger_core::offer::Billing;
use rusqlite::types::Type;
use rusqlite::{Connection, Transaction, params};
use rustc_hash::FxHashSet;
use uuid::Uuid;

use super::At;
use super::purchases::kind_code;
use crate::columns::{self, cents, day_number, stored};

/// The partners that ever signed an agreement: whose captures may count.
#[derive(Debug, Default)]
pub(crate) struct Signers(FxHashSet<PartnerId>);

impl Signers {
    pub(super) fn read(from: &Connection) -> rusqlite::Result<Self> {
        let mut rows = from.prepare("SELECT DISTINCT partner FROM agreement")?;
        let rows = rows.query_map([], |row| Ok(PartnerId(columns::id(row, 0)?)))?;
        Ok(Self(rows.collect::<Result<_, _>>()?))
    }
}

/// What happens to agreements and terms, in the order of the log.
#[derive(Debug, Default)]
pub(super) struct Agreements(Vec<(At, Step)>);

#[derive(Debug)]
enum Step {
    Of(Box<AgreementEvent>),
    Moved { purchase: PurchaseId, movement: Uuid, refund: bool, amount: i64 },
    Acquired(Box<LicenceAcquired>),
    Began(Term),
    Proposed(PurchaseId),
    Declined(PurchaseId),
}

#[derive(Debug)]
struct Term {
    purchase: PurchaseId,
    offer: OfferId,
    since: NaiveDate,
    until: NaiveDate,
    renews: Option<PurchaseId>,
}

impl Agreements {
    pub(super) fn agreement(&mut self, signers: &mut Signers, at: At, event: AgreementEvent) {
        if let AgreementEvent::Signed(it) = &event {
            signers.0.insert(it.partner);
        }
        self.0.push((at, Step::Of(Box::new(event))));
    }

    pub(super) fn authorised(&mut self, at: At, it: &PurchaseAuthorised) {
        if let Some(term) = term(at, it) {
            self.0.push((at, Step::Began(term)));
        }
    }

    pub(super) fn captured(&mut self, signers: &Signers, at: At, it: &PurchaseCaptured) {
        if signers.0.contains(&it.partner) {
            let (purchase, amount) = (it.purchase, cents(it.amount.cents()));
            let movement = it.capture.0;
            self.0.push((at, Step::Moved { purchase, movement, refund: false, amount }));
        }
    }

    /// What an agreement itself gives back takes nothing off what it counted.
    pub(super) fn refunded(&mut self, signers: &Signers, at: At, it: &PurchaseRefunded) {
        if it.agreement.is_none() && signers.0.contains(&it.partner) {
            let (purchase, amount) = (it.purchase, cents(it.amount.cents()));
            let movement = it.refund.0;
            self.0.push((at, Step::Moved { purchase, movement, refund: true, amount }));
        }
    }

    pub(super) fn acquired(&mut self, at: At, it: LicenceAcquired) {
        self.0.push((at, Step::Acquired(Box::new(it))));
    }

    pub(super) fn proposed(&mut self, at: At, it: &RenewalProposed) {
        self.0.push((at, Step::Proposed(it.purchase)));
    }

    pub(super) fn declined(&mut self, at: At, it: &RenewalDeclined) {
        self.0.push((at, Step::Declined(it.purchase)));
    }

    /// After the purchases, which say of which offer they are.
    pub(super) fn write(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        for (at, step) in &self.0 {
            match step {
                Step::Of(event) => agreement(to, *at, event)?,
                Step::Moved { purchase, movement, refund, amount } => {
                    moved(to, *at, *purchase, *movement, *refund, *amount)?;
                }
                Step::Acquired(it) => acquired(to, *at, it)?,
                Step::Began(it) => began(to, *at, it)?,
                Step::Proposed(purchase) => {
                    to.prepare_cached(
                        "UPDATE term SET proposed = ?3 WHERE account = ?1 AND purchase = ?2",
                    )?
                    .execute(params![
                        at.id.as_bytes(),
                        purchase.0.as_bytes(),
                        stored(at.position)
                    ])?;
                }
                Step::Declined(purchase) => answered(to, *at, *purchase, DECLINED)?,
            }
        }
        Ok(())
    }
}

/// `term.answered` once the term is continued by another.
const RENEWED: u8 = 1;
/// … once the holder wants no other.
const DECLINED: u8 = 2;

/// The day of what stands at `at`, in Europe/Paris.
fn day(at: At) -> Option<NaiveDate> {
    Some(accounting_day(DateTime::from_timestamp_millis(at.milliseconds)?))
}

/// The term that a purchase begins or continues; `None` when it is no subscription, or has no end.
fn term(at: At, it: &PurchaseAuthorised) -> Option<Term> {
    let terms = &it.terms;
    let days = terms.licence.days.filter(|_| terms.billing == Billing::Subscription)?;
    let renews = it.origin.renews;
    // One that continues another lasts as many days, from the day after.
    let (since, before) = match renews {
        Some(renews) => (renews.from, renews.from.pred_opt()?),
        None => (day(at)?, day(at)?),
    };
    let until = before.checked_add_days(Days::new(days.into()))?;
    let renews = renews.map(|it| it.purchase);
    Some(Term { purchase: it.purchase, offer: terms.offer, since, until, renews })
}

/// The last day of the licence that `it` continues a term by; `None` when it continues none.
pub(super) fn renewed_until(at: At, it: &PurchaseAuthorised) -> Option<NaiveDate> {
    term(at, it).filter(|it| it.renews.is_some()).map(|it| it.until)
}

fn began(to: &Transaction<'_>, at: At, it: &Term) -> rusqlite::Result<()> {
    let renews = it.renews.map(|it| *it.0.as_bytes());
    to.prepare_cached(
        "INSERT OR IGNORE INTO term (account, purchase, offer, since, until, renews)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        at.id.as_bytes(),
        it.purchase.0.as_bytes(),
        it.offer.0.as_bytes(),
        day_number(it.since),
        day_number(it.until),
        renews,
    ])?;
    match it.renews {
        Some(renewed) => answered(to, at, renewed, RENEWED),
        None => Ok(()),
    }
}

fn answered(
    to: &Transaction<'_>,
    at: At,
    purchase: PurchaseId,
    answer: u8,
) -> rusqlite::Result<()> {
    to.prepare_cached("UPDATE term SET answered = ?3 WHERE account = ?1 AND purchase = ?2")?
        .execute(params![at.id.as_bytes(), purchase.0.as_bytes(), answer])?;
    Ok(())
}

/// A purchase of nothing: it stands among the others, at 0.
fn acquired(to: &Transaction<'_>, at: At, it: &LicenceAcquired) -> rusqlite::Result<()> {
    let terms = &it.terms;
    to.prepare_cached(
        "INSERT OR IGNORE INTO purchase (id, account, offer, partner, title, kind,
             amount, held, captured, refunded, status, hold_until, at, position, last)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, 0, 1, ?7, ?8, ?9, ?9)",
    )?
    .execute(params![
        it.purchase.0.as_bytes(),
        at.id.as_bytes(),
        terms.offer.0.as_bytes(),
        terms.partner.0.as_bytes(),
        terms.title,
        kind_code(terms.kind),
        at.milliseconds / 1_000,
        at.milliseconds,
        stored(at.position),
    ])?;
    Ok(())
}

/// What was captured or refunded of an offer whose agreement counts it.
fn moved(
    to: &Transaction<'_>,
    at: At,
    purchase: PurchaseId,
    movement: Uuid,
    refund: bool,
    amount: i64,
) -> rusqlite::Result<()> {
    let Some(on) = day(at) else { return Ok(()) };
    let sql = if refund {
        "INSERT OR IGNORE INTO agreement_line
             (offer, account, purchase, movement, refund, amount, day, position)
         SELECT agreement.offer, ?1, ?2, ?3, 1, ?4, ?5, ?6
         FROM purchase JOIN agreement ON agreement.offer = purchase.offer
         WHERE purchase.id = ?2 AND purchase.account = ?1 AND ended IS NULL AND reached IS NULL
             AND EXISTS (SELECT 1 FROM agreement_line AS line WHERE line.offer = purchase.offer
                 AND line.account = ?1 AND line.purchase = ?2 AND line.refund = 0)"
    } else {
        "INSERT OR IGNORE INTO agreement_line
             (offer, account, purchase, movement, refund, amount, day, position)
         SELECT agreement.offer, ?1, ?2, ?3, 0, ?4, ?5, ?6
         FROM purchase JOIN agreement ON agreement.offer = purchase.offer
         WHERE purchase.id = ?2 AND purchase.account = ?1 AND ended IS NULL AND first_day <= ?5
             AND ?5 <= CASE WHEN reached IS NULL THEN last_day ELSE free_until END"
    };
    to.prepare_cached(sql)?.execute(params![
        at.id.as_bytes(),
        purchase.0.as_bytes(),
        movement.as_bytes(),
        amount,
        day_number(on),
        stored(at.position),
    ])?;
    Ok(())
}

fn agreement(to: &Transaction<'_>, at: At, event: &AgreementEvent) -> rusqlite::Result<()> {
    let (id, position) = (at.id.as_bytes(), stored(at.position));
    let counted = "UPDATE agreement_line SET counted = ?5, amount = ?6 WHERE offer = ?1
        AND account = ?2 AND purchase = ?3 AND movement = ?4 AND refund = ?7";
    match event {
        AgreementEvent::Signed(it) => signed(to, at, it)?,
        AgreementEvent::Counted(it) => {
            let (account, purchase) = (it.account.0.as_bytes(), it.purchase.0.as_bytes());
            let (capture, amount) = (it.capture.0.as_bytes(), cents(it.amount.cents()));
            let given = params![id, account, purchase, capture, position, amount, 0];
            to.prepare_cached(counted)?.execute(given)?;
            add(to, at, "total", amount)?;
        }
        AgreementEvent::TakenOff(it) => {
            let (account, purchase) = (it.account.0.as_bytes(), it.purchase.0.as_bytes());
            let (refund, amount) = (it.refund.0.as_bytes(), cents(it.amount.cents()));
            let given = params![id, account, purchase, refund, position, amount, 1];
            to.prepare_cached(counted)?.execute(given)?;
            add(to, at, "total", -amount)?;
        }
        AgreementEvent::Reached(it) => {
            to.prepare_cached(
                "UPDATE agreement SET reached = ?2, reached_position = ?3, last = ?3
                 WHERE offer = ?1",
            )?
            .execute(params![id, day_number(it.on), position])?;
            let sql = "DELETE FROM agreement_line
                WHERE offer = ?1 AND refund = 1 AND counted IS NULL";
            to.prepare_cached(sql)?.execute([id])?;
        }
        AgreementEvent::Credited(it) => {
            let (account, purchase) = (it.account.0.as_bytes(), it.purchase.0.as_bytes());
            let (capture, amount) = (it.capture.0.as_bytes(), cents(it.amount.cents()));
            to.prepare_cached(
                "UPDATE agreement_line SET credited = ?5 WHERE offer = ?1 AND account = ?2
                     AND purchase = ?3 AND movement = ?4 AND refund = 0",
            )?
            .execute(params![id, account, purchase, capture, amount])?;
            add(to, at, "credited", amount)?;
        }
        AgreementEvent::Ended(it) => {
            to.prepare_cached(
                "UPDATE agreement SET ended = ?2, reason = ?3, last = ?4 WHERE offer = ?1",
            )?
            .execute(params![id, day_number(it.on), it.reason.as_str(), position])?;
            let sql = "DELETE FROM agreement_line WHERE offer = ?1 AND counted IS NULL";
            to.prepare_cached(sql)?.execute([id])?;
        }
    }
    Ok(())
}

fn signed(to: &Transaction<'_>, at: At, it: &AgreementSigned) -> rusqlite::Result<()> {
    let (id, position) = (at.id.as_bytes(), stored(at.position));
    let terms = serde_json::to_string(it)
        .map_err(|error| columns::odd(0, Type::Text, error.to_string()))?;
    to.prepare_cached("DELETE FROM agreement_line WHERE offer = ?1")?.execute([id])?;
    to.prepare_cached(
        "INSERT OR REPLACE INTO agreement (offer, partner, terms, first_day, last_day,
                     free_until, credit_days, signed, signed_at, total, credited, last)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0, ?8)",
    )?
    .execute(params![
        id,
        it.partner.0.as_bytes(),
        terms,
        day_number(it.first_day),
        day_number(it.last_day),
        day_number(it.free_until),
        it.credit_days,
        position,
        at.milliseconds,
    ])?;
    Ok(())
}

fn add(to: &Transaction<'_>, at: At, column: &str, amount: i64) -> rusqlite::Result<()> {
    let sql = format!("UPDATE agreement SET {column} = {column} + ?2, last = ?3 WHERE offer = ?1");
    to.prepare_cached(&sql)?.execute(params![at.id.as_bytes(), amount, stored(at.position)])?;
    Ok(())
}
