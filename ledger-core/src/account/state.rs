//! An account as its stream tells: its lots, its purchases, and what each event does to them.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use smallvec::SmallVec;

use super::renewal::Renewal;
use super::team::{RequestStatus, Team};
use super::{
    AccountEvent, CreditsGranted, Earmark, Holder, PurchaseAuthorised, PurchaseCaptured,
    PurchaseRefunded, School, Share,
};
use crate::digest::Digest;
use crate::identifiers::{Funder, Siren};
use crate::ids::{
    AgreementId, CaptureId, EnvelopeId, LotId, OfferId, PartnerId, PurchaseId, RefundId,
};
use crate::money::{Amount, Balance};

/// One account. Kept small: hundreds of thousands of them are in memory at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Who holds it and where; `None` before it was opened.
    pub holder: Option<(Holder, School)>,
    /// Whether it takes part in anything.
    pub standing: Standing,
    /// Its credits, oldest first.
    pub lots: Vec<Lot>,
    /// Its purchases, sorted by id.
    pub purchases: Vec<Purchase>,
    /// The purchases that the holder contests.
    pub(super) contested: Vec<PurchaseId>,
    /// The offers that the holder tried, each with its last day.
    pub(super) specimens: Vec<(OfferId, NaiveDate)>,
    /// What an agreement freed and the holder took, and what was proposed again; `None` for most.
    pub(super) extras: Option<Box<Extras>>,
    /// Who shares it; `None` for a teacher's own account.
    pub(super) team: Option<Box<Team>>,
}

/// What few accounts have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extras {
    /// What was taken for nothing: the reference, the offer, and the agreement that freed it.
    pub(super) acquired: Vec<(PurchaseId, OfferId, AgreementId)>,
    /// Renewals that were proposed and not answered.
    pub(super) renewals: Vec<Renewal>,
    /// The purchases whose renewal was proposed, whatever became of it.
    pub(super) proposed: Vec<(PurchaseId, NaiveDate)>,
}

/// Whether an account takes part in anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    #[default]
    Active,
    /// New purchases are refused.
    Suspended(Box<CompactString>),
    /// Over for ever.
    Closed,
}

/// One credit, and what has become of it: `granted = available + held + spent + returned`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Which one.
    pub id: LotId,
    /// The envelope it came from.
    pub envelope: EnvelopeId,
    /// Whose money.
    pub funder: Funder,
    /// Which funder pays first: 1 before 9.
    pub priority: u8,
    /// The last day on which it may be spent, in Europe/Paris.
    pub valid_until: NaiveDate,
    /// What it may buy; `None` is anything.
    earmark: Option<Arc<Earmark>>,
    /// What was granted.
    pub granted: Amount,
    /// What may be spent, unless it has expired.
    pub available: Balance,
    /// What is held for purchases.
    pub held: Balance,
    /// What partners were owed, less refunds.
    pub spent: Balance,
    /// What went back to the funder.
    pub returned: Balance,
}

/// Earmark of a lot that may buy anything.
static ANYTHING: Earmark = Earmark { kinds: Vec::new(), subjects: Vec::new() };

impl Lot {
    fn new(it: &CreditsGranted) -> Self {
        Self {
            id: it.lot,
            envelope: it.envelope,
            funder: it.funder,
            priority: it.priority,
            valid_until: it.valid_until,
            earmark: (!it.earmark.is_none()).then(|| Arc::new(it.earmark.clone())),
            granted: it.amount,
            available: it.amount.into(),
            held: Balance::ZERO,
            spent: Balance::ZERO,
            returned: Balance::ZERO,
        }
    }

    /// What it may buy.
    pub fn earmark(&self) -> &Earmark {
        self.earmark.as_deref().unwrap_or(&ANYTHING)
    }

    /// Whether `it` is what was granted as this lot.
    pub(super) fn is(&self, it: &CreditsGranted) -> bool {
        self.envelope == it.envelope
            && self.funder == it.funder
            && self.granted == it.amount
            && self.priority == it.priority
            && self.valid_until == it.valid_until
            && *self.earmark() == it.earmark
    }
}

/// Where a purchase stands. Refunds do not change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PurchaseStatus {
    /// Money is held; something may still be captured.
    Authorised,
    /// Delivered; nothing more will be captured.
    Captured,
    /// Given up before delivery.
    Cancelled,
    /// The hold's term passed; what was captured before stays captured.
    Expired,
}

impl fmt::Display for PurchaseStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authorised => "authorised",
            Self::Captured => "captured",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        })
    }
}

/// One purchase, and what each lot pays of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Which one.
    pub id: PurchaseId,
    /// Where it stands.
    pub status: PurchaseStatus,
    /// Whose offer.
    pub partner: PartnerId,
    /// The partner's SIREN.
    pub siren: Siren,
    /// Until when money is held.
    pub hold_until: DateTime<Utc>,
    /// What was asked, in short: see [`fingerprint`].
    asked: u64,
    /// What each lot pays, in the order in which they are used.
    pub parts: SmallVec<[Part; 1]>,
    /// Captures, in order.
    pub captures: SmallVec<[(CaptureId, Amount); 1]>,
    /// Refunds, in order.
    pub refunds: Vec<(RefundId, Amount)>,
}

/// What one lot pays of one purchase: `held + captured ≤ authorised`, `refunded ≤ captured`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which lot.
    pub lot: LotId,
    /// What is still held.
    pub held: Balance,
    /// What was captured.
    pub captured: Balance,
    /// What of it was refunded.
    pub refunded: Balance,
}

/// What tells two authorisations with the same reference apart: offer, listing and amount.
fn fingerprint(offer: OfferId, listing: Digest, amount: Amount) -> u64 {
    let mut bytes = [0_u8; 56];
    bytes[..16].copy_from_slice(offer.0.as_bytes());
    bytes[16..48].copy_from_slice(&listing.0);
    bytes[48..].copy_from_slice(&amount.cents().to_be_bytes());
    let digest = Digest::of(&bytes).0;
    digest[..8].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

impl Purchase {
    /// What is still held.
    pub fn held(&self) -> Balance {
        self.parts.iter().map(|it| it.held).sum()
    }

    /// What was captured, refunds not taken off.
    pub fn captured(&self) -> Balance {
        self.parts.iter().map(|it| it.captured).sum()
    }

    /// What was refunded.
    pub fn refunded(&self) -> Balance {
        self.parts.iter().map(|it| it.refunded).sum()
    }

    /// Whether it is what was asked then: that offer, that listing and that amount.
    pub fn was_asked(&self, offer: OfferId, listing: Digest, amount: Amount) -> bool {
        self.asked == fingerprint(offer, listing, amount)
    }

    fn part(&mut self, lot: LotId) -> Option<&mut Part> {
        self.parts.iter_mut().find(|it| it.lot == lot)
    }
}

impl Account {
    /// What may be spent on something on that day; earmarks and freezes not looked at.
    pub fn available_on(&self, day: NaiveDate) -> Balance {
        self.lots.iter().filter(|it| it.valid_until >= day).map(|it| it.available).sum()
    }

    /// What is held for purchases under way.
    pub fn held(&self) -> Balance {
        self.lots.iter().map(|it| it.held).sum()
    }

    /// What was spent, less refunds.
    pub fn spent(&self) -> Balance {
        self.lots.iter().map(|it| it.spent).sum()
    }

    /// The purchase of that id; `None` when this account has none.
    pub fn purchase(&self, id: PurchaseId) -> Option<&Purchase> {
        self.purchases.get(self.place(id).ok()?)
    }

    /// Where the purchase of that id stands, or would.
    ///
    /// Ids begin with the time: a new one comes last, and is not searched for among all.
    fn place(&self, id: PurchaseId) -> Result<usize, usize> {
        match self.purchases.last() {
            Some(last) if last.id >= id => self.purchases.binary_search_by_key(&id, |it| it.id),
            Some(_) | None => Err(self.purchases.len()),
        }
    }

    /// The lot of that id; `None` when this account has none.
    pub fn lot(&self, id: LotId) -> Option<&Lot> {
        self.lots.iter().find(|it| it.id == id)
    }

    fn lot_mut(&mut self, id: LotId) -> Option<&mut Lot> {
        self.lots.iter_mut().find(|it| it.id == id)
    }

    fn purchase_mut(&mut self, id: PurchaseId) -> Option<&mut Purchase> {
        let index = self.place(id).ok()?;
        self.purchases.get_mut(index)
    }

    pub(super) fn take_in(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Opened(it) => self.holder = Some((it.holder, it.school)),
            AccountEvent::Granted(it) => self.lots.push(Lot::new(it)),
            AccountEvent::Authorised(it) => self.authorised(it),
            AccountEvent::Captured(it) => self.captured(it),
            AccountEvent::Cancelled(it) => {
                self.freed(it.purchase, &it.freed);
                self.now(it.purchase, PurchaseStatus::Cancelled);
            }
            AccountEvent::HoldExpired(it) => {
                self.freed(it.purchase, &it.freed);
                self.now(it.purchase, PurchaseStatus::Expired);
            }
            AccountEvent::Refunded(it) => self.refunded(it),
            AccountEvent::Returned(it) => {
                if let Some(lot) = self.lot_mut(it.lot) {
                    lot.available = lot.available.less(it.amount);
                    lot.returned = lot.returned.plus(it.amount);
                }
            }
            AccountEvent::Suspended(it) => {
                self.standing = Standing::Suspended(Box::new(it.reason.clone()));
            }
            AccountEvent::Resumed(_) => self.standing = Standing::Active,
            AccountEvent::Closed(_) => self.standing = Standing::Closed,
            AccountEvent::Contested(it) => self.contested.push(it.purchase),
            AccountEvent::ContestEnded(it) => self.contested.retain(|id| *id != it.purchase),
            AccountEvent::SpecimenTaken(it) => self.specimens.push((it.offer, it.until)),
            AccountEvent::LicenceAcquired(it) => self.licence_acquired(it),
            AccountEvent::RenewalProposed(it) => self.renewal_proposed(it),
            AccountEvent::RenewalDeclined(it) => self.renewal_over(it.purchase),
            AccountEvent::Team(it) => self.team_takes_in(it),
        }
    }

    fn authorised(&mut self, it: &PurchaseAuthorised) {
        if let Some(renews) = &it.origin.renews {
            self.renewal_over(renews.purchase);
        }
        if let Some(by) = it.asked_by {
            self.team.get_or_insert_default().asked.push((it.purchase, by));
        }
        let mut parts = SmallVec::with_capacity(it.split.len());
        for share in &it.split {
            if let Some(lot) = self.lot_mut(share.lot) {
                lot.available = lot.available.less(share.amount);
                lot.held = lot.held.plus(share.amount);
            }
            parts.push(Part {
                lot: share.lot,
                held: share.amount.into(),
                captured: Balance::ZERO,
                refunded: Balance::ZERO,
            });
        }
        let purchase = Purchase {
            id: it.purchase,
            status: PurchaseStatus::Authorised,
            partner: it.terms.partner,
            siren: it.terms.siren,
            hold_until: it.hold_until,
            asked: fingerprint(it.terms.offer, it.terms.digest, it.amount),
            parts,
            captures: SmallVec::new(),
            refunds: Vec::new(),
        };
        if let Err(index) = self.place(it.purchase) {
            if self.purchases.len() == self.purchases.capacity() {
                self.purchases.reserve_exact(1 + self.purchases.len() / 2);
            }
            self.purchases.insert(index, purchase);
        }
    }

    fn captured(&mut self, it: &PurchaseCaptured) {
        for share in &it.split {
            if let Some(part) = self.purchase_mut(it.purchase).and_then(|it| it.part(share.lot)) {
                part.held = part.held.less(share.amount);
                part.captured = part.captured.plus(share.amount);
            }
            if let Some(lot) = self.lot_mut(share.lot) {
                lot.held = lot.held.less(share.amount);
                lot.spent = lot.spent.plus(share.amount);
            }
        }
        self.freed(it.purchase, &it.freed);
        if let Some(purchase) = self.purchase_mut(it.purchase) {
            purchase.captures.push((it.capture, it.amount));
        }
        if it.last {
            self.now(it.purchase, PurchaseStatus::Captured);
        }
    }

    fn freed(&mut self, purchase: PurchaseId, freed: &[Share]) {
        for share in freed {
            if let Some(part) = self.purchase_mut(purchase).and_then(|it| it.part(share.lot)) {
                part.held = part.held.less(share.amount);
            }
            if let Some(lot) = self.lot_mut(share.lot) {
                lot.held = lot.held.less(share.amount);
                lot.available = lot.available.plus(share.amount);
            }
        }
    }

    fn refunded(&mut self, it: &PurchaseRefunded) {
        for (share, reopened) in
            it.reopened.iter().map(|it| (it, true)).chain(it.returned.iter().map(|it| (it, false)))
        {
            if let Some(part) = self.purchase_mut(it.purchase).and_then(|it| it.part(share.lot)) {
                part.refunded = part.refunded.plus(share.amount);
            }
            if let Some(lot) = self.lot_mut(share.lot) {
                lot.spent = lot.spent.less(share.amount);
                if reopened {
                    lot.available = lot.available.plus(share.amount);
                } else {
                    lot.returned = lot.returned.plus(share.amount);
                }
            }
        }
        if let Some(purchase) = self.purchase_mut(it.purchase) {
            purchase.refunds.push((it.refund, it.amount));
        }
    }

    fn now(&mut self, purchase: PurchaseId, status: PurchaseStatus) {
        if let Some(team) = &mut self.team {
            team.now(purchase, RequestStatus::Over);
        }
        if let Some(purchase) = self.purchase_mut(purchase) {
            purchase.status = status;
        }
    }
}
