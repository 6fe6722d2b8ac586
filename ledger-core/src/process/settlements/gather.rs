//! What stands in the log between two cut-offs: captures and refunds, partner by partner.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest as _, Sha256};
use smallvec::SmallVec;

use crate::account::{AccountEvent, Share};
use crate::codec::Stored;
use crate::digest::Digest;
use crate::event_log::{EventLog, Log, Position, Recorded};
use crate::identifiers::{Funder, Siren};
use crate::ids::{AccountId, EnvelopeId, PartnerId, PurchaseId};
use crate::money::{Amount, Balance};
use crate::settlement::{Contested, SettlementEvent};

/// How many events are read at once.
const PAGE: usize = 4_096;

/// The heading of the list of a settlement's lines, whose fingerprint is in the log.
pub const LINE_HEADING: &str = "position;nature;compte;achat;centimes\n";

/// One line of that list; a refund's sum has a minus.
pub fn line(
    position: Position,
    refund: bool,
    account: AccountId,
    purchase: PurchaseId,
    amount: Amount,
) -> String {
    let (nature, sign) = if refund { ("remboursement", "-") } else { ("livraison", "") };
    format!("{position};{nature};{account};{purchase};{sign}{}\n", amount.cents())
}

/// All partners' captures and refunds of one period.
#[derive(Default)]
pub(super) struct Window {
    /// Those that sold or gave back.
    pub(super) partners: BTreeMap<PartnerId, Gathered>,
    /// Those that had a settlement drawn up since the period began: it may leave them something.
    pub(super) earlier: BTreeSet<PartnerId>,
}

/// What one partner sold and gave back in one period.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) siren: Option<Siren>,
    /// How many captures and refunds.
    pub(super) lines: u32,
    /// Captured and refunded, by envelope, in cents.
    pub(super) funding: BTreeMap<(Funder, EnvelopeId), (u64, u64)>,
    /// Purchases that their buyers contested since the period began.
    pub(super) contested: FxHashSet<PurchaseId>,
    purchases: FxHashMap<PurchaseId, Taken>,
    /// Purchases, in the order of the log.
    order: Vec<PurchaseId>,
    list: Option<Sha256>,
}

/// What was captured and refunded of one purchase.
struct Taken {
    account: AccountId,
    captured: SmallVec<[(Funder, EnvelopeId, u64); 1]>,
    refunded: u64,
}

/// What a period comes to.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) captured: Balance,
    /// Refunds of what was captured in the period, or waits.
    pub(super) refunded: Balance,
    /// Of them, those of what waits.
    pub(super) refunded_waiting: Balance,
    /// Refunds of what was paid before.
    pub(super) credits: Balance,
    /// What waits, less what was refunded of it.
    pub(super) waiting: Vec<Contested>,
}

/// What is due of one purchase.
pub(super) struct Purchase<'a> {
    pub(super) account: AccountId,
    pub(super) id: PurchaseId,
    pub(super) amount: Amount,
    captured: &'a [(Funder, EnvelopeId, u64)],
}

impl Purchase<'_> {
    /// Who pays what of it, in the order of its captures; adds up to the sum.
    pub(super) fn charged(&self) -> impl Iterator<Item = (Funder, EnvelopeId, u64)> {
        let mut left = self.amount.cents();
        self.captured.iter().map(move |&(funder, envelope, cents)| {
            let part = cents.min(left);
            left -= part;
            (funder, envelope, part)
        })
    }
}

/// Reads all of `log` after `after`: captures and refunds up to `up_to`, contests and settlements
/// up to its end.
pub(super) async fn window(
    log: &Log,
    after: Position,
    up_to: Position,
) -> Result<Window, super::SettlementsError> {
    let mut window = Window::default();
    let mut position = after;
    loop {
        let page = log.read_all(position, PAGE).await?;
        for it in &page {
            position = it.position;
            window.take(it, position <= up_to)?;
        }
        if page.len() < PAGE {
            return Ok(window);
        }
    }
}

impl Window {
    fn take(&mut self, it: &Recorded, within: bool) -> Result<(), super::SettlementsError> {
        match it.name.as_str() {
            "purchase_captured" | "purchase_refunded" if within => (),
            "purchase_contested" => (),
            "settlement_prepared" => {
                if let SettlementEvent::Prepared(prepared) = SettlementEvent::read(it)? {
                    self.earlier.insert(prepared.partner);
                }
                return Ok(());
            }
            _ => return Ok(()),
        }
        let account = AccountId(it.stream.id);
        match AccountEvent::read(it)? {
            AccountEvent::Captured(event) => {
                let gathered = self.partners.entry(event.partner).or_default();
                gathered.siren = Some(event.siren);
                let text = line(it.position, false, account, event.purchase, event.amount);
                gathered.note(&text);
                gathered.captured(account, event.purchase, &event.split);
            }
            AccountEvent::Refunded(event) => {
                let gathered = self.partners.entry(event.partner).or_default();
                gathered.siren = Some(event.siren);
                let text = line(it.position, true, account, event.purchase, event.amount);
                gathered.note(&text);
                let shares = event.reopened.iter().chain(&event.returned);
                gathered.refunded(account, event.purchase, shares);
            }
            AccountEvent::Contested(event) => {
                let gathered = self.partners.entry(event.partner).or_default();
                gathered.contested.insert(event.purchase);
            }
            AccountEvent::Opened(_)
            | AccountEvent::Granted(_)
            | AccountEvent::Authorised(_)
            | AccountEvent::Cancelled(_)
            | AccountEvent::HoldExpired(_)
            | AccountEvent::Returned(_)
            | AccountEvent::Suspended(_)
            | AccountEvent::Resumed(_)
            | AccountEvent::Closed(_)
            | AccountEvent::ContestEnded(_)
            | AccountEvent::SpecimenTaken(_)
            | AccountEvent::LicenceAcquired(_)
            | AccountEvent::RenewalProposed(_)
            | AccountEvent::RenewalDeclined(_)
            | AccountEvent::Team(_) => (),
        }
        Ok(())
    }
}

impl Gathered {
    fn note(&mut self, line: &str) {
        self.lines = self.lines.saturating_add(1);
        let list = self.list.get_or_insert_with(|| Sha256::new().chain_update(LINE_HEADING));
        list.update(line);
    }

    /// The fingerprint of the list of its lines.
    pub(super) fn digest(&self) -> Digest {
        match &self.list {
            Some(list) => Digest(list.clone().finalize().into()),
            None => Digest::of(LINE_HEADING.as_bytes()),
        }
    }

    fn taken(&mut self, account: AccountId, id: PurchaseId) -> &mut Taken {
        let order = &mut self.order;
        self.purchases.entry(id).or_insert_with(|| {
            order.push(id);
            Taken { account, captured: SmallVec::new(), refunded: 0 }
        })
    }

    fn captured(&mut self, account: AccountId, id: PurchaseId, split: &[Share]) {
        for it in split {
            let cents = it.amount.cents();
            self.funding.entry((it.funder, it.envelope)).or_default().0 += cents;
            self.taken(account, id).captured.push((it.funder, it.envelope, cents));
        }
    }

    fn refunded<'a>(
        &mut self,
        account: AccountId,
        id: PurchaseId,
        shares: impl Iterator<Item = &'a Share>,
    ) {
        for it in shares {
            let cents = it.amount.cents();
            self.funding.entry((it.funder, it.envelope)).or_default().1 += cents;
            self.taken(account, id).refunded += cents;
        }
    }

    /// What the period comes to, `waiting` being what stays contested from before.
    pub(super) fn sums(&self, waiting: &[Contested]) -> Sums {
        let mut sums = Sums::default();
        for taken in self.purchases.values() {
            sums.captured = sums.captured.and(Balance::from_cents(taken.all_captured()));
            let own = taken.refunded.min(taken.all_captured());
            sums.refunded = sums.refunded.and(Balance::from_cents(own));
            sums.credits = sums.credits.and(Balance::from_cents(taken.refunded - own));
        }
        for it in waiting {
            // Refunded beyond what was captured in the period: first of what waits.
            let beyond = self
                .purchases
                .get(&it.purchase)
                .map_or(0, |taken| taken.refunded.saturating_sub(taken.all_captured()));
            let of_waiting = beyond.min(it.amount.cents());
            let refunded = Balance::from_cents(of_waiting);
            sums.refunded = sums.refunded.and(refunded);
            sums.refunded_waiting = sums.refunded_waiting.and(refunded);
            sums.credits = sums.credits.beyond(refunded);
            let left = Amount::from_cents(it.amount.cents() - of_waiting);
            sums.waiting.extend(left.map(|amount| Contested { amount, ..*it }));
        }
        sums
    }

    /// What is due of each purchase of the period, in the order of the log.
    pub(super) fn due(&self) -> impl Iterator<Item = Purchase<'_>> {
        self.order.iter().filter_map(|id| {
            let taken = self.purchases.get(id)?;
            let left = taken.all_captured().saturating_sub(taken.refunded);
            let (account, captured) = (taken.account, taken.captured.as_slice());
            Some(Purchase { account, id: *id, amount: Amount::from_cents(left)?, captured })
        })
    }
}

impl Taken {
    fn all_captured(&self) -> u64 {
        self.captured.iter().map(|it| it.2).sum()
    }
}
