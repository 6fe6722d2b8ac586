//! The rules of an account. Each reads as: done before? admitted? then the rule.

use chrono::SubsecRound;

use super::split::Wanted;
use super::state::{Purchase, PurchaseStatus, Standing};
use super::{
    Account, AccountClosed, AccountCommand, AccountEvent, AccountRefusal, AccountResumed,
    AccountSuspended, Authorise, Cancel, Capture, CreditsReturned, Grant, HoldExpired,
    PurchaseAuthorised, PurchaseCancelled, PurchaseCaptured, PurchaseRefunded, Refund, ReturnCause,
    Share, Shares,
};
use crate::decider::Decider;
use crate::ids::{CaptureId, PurchaseId};
use crate::money::{Amount, Balance};

pub(super) type Decision = Result<Vec<AccountEvent>, AccountRefusal>;

impl Decider for Account {
    type Command = AccountCommand;
    type Event = AccountEvent;
    type Refusal = AccountRefusal;

    fn decide(&self, command: &AccountCommand) -> Decision {
        if let AccountCommand::Together(commands) = command {
            return self.together(commands);
        }
        if self.has_done(command)? {
            return Ok(vec![]);
        }
        self.admits(command)?;
        match command {
            AccountCommand::Open(it) => Ok(vec![AccountEvent::Opened(it.clone())]),
            AccountCommand::Grant(it) => self.grant(it),
            AccountCommand::Authorise(it) => self.hold(it),
            AccountCommand::Pay(it) => self.pay(it),
            AccountCommand::Capture(it) => self.capture(it),
            AccountCommand::Cancel(it) => self.cancel(it),
            AccountCommand::Together(commands) => self.together(commands),
            AccountCommand::Release { purchase } => self.release(*purchase),
            AccountCommand::ExpireHold { purchase, at } => self.expire_hold(*purchase, *at),
            AccountCommand::Refund(it) => self.refund(it),
            AccountCommand::ExpireCredits { on } => {
                Ok(self.returned(ReturnCause::Expired, |lot| lot.valid_until < *on))
            }
            AccountCommand::Suspend { reason } => {
                Ok(vec![AccountEvent::Suspended(AccountSuspended { reason: reason.clone() })])
            }
            AccountCommand::Resume => Ok(vec![AccountEvent::Resumed(AccountResumed {})]),
            AccountCommand::Close => self.close(),
            AccountCommand::Team(it) => self.team_decides(it),
            AccountCommand::Contest(it) => self.contest(it),
            AccountCommand::TakeSpecimen(it) => Self::take_specimen(it),
            AccountCommand::AcquireLicence(it) => self.acquire_licence(it),
            AccountCommand::ProposeRenewal(it) => self.propose_renewal(it),
            AccountCommand::DeclineRenewal { purchase } => self.decline_renewal(*purchase),
            AccountCommand::EndContest { purchase, outcome, reason, by } => {
                self.end_contest(*purchase, *outcome, reason, *by)
            }
        }
    }

    fn evolve(&mut self, event: &AccountEvent) {
        self.take_in(event);
    }
}

impl Account {
    /// Whether `command` was carried out before; refused if its reference served for another one.
    ///
    /// Comes first, so that a client may send a command again at any time, whatever came after.
    fn has_done(&self, command: &AccountCommand) -> Result<bool, AccountRefusal> {
        match command {
            AccountCommand::Open(it) => match &self.holder {
                None => Ok(false),
                Some((holder, school)) => {
                    once(*holder == it.holder && *school == it.school, &"of this account")
                }
            },
            AccountCommand::Grant(it) => match self.lot(it.credits.lot) {
                None => Ok(false),
                Some(lot) => once(lot.is(&it.credits), &it.credits.lot),
            },
            AccountCommand::Authorise(it) => match self.purchase(it.purchase) {
                None => self.not_acquired(it.purchase),
                Some(known) => once(known.is(it) && self.is_asked_by(it), &it.purchase),
            },
            AccountCommand::Pay(it) => match self.purchase(it.purchase) {
                None => self.not_acquired(it.purchase),
                Some(known) => {
                    let request = self.team().and_then(|team| team.request(it.purchase));
                    let at_once = known.captures.iter().any(|(id, _)| *id == whole(it.purchase))
                        || request.is_some_and(|it| it.at_once);
                    once(known.is(it) && at_once && self.is_asked_by(it), &it.purchase)
                }
            },
            AccountCommand::Capture(it) => {
                let captures = &self.known(it.purchase)?.captures;
                match captures.iter().find(|(id, _)| *id == it.capture) {
                    None => Ok(false),
                    Some((_, amount)) => {
                        once(it.amount.is_none_or(|it| it == *amount), &it.capture)
                    }
                }
            }
            AccountCommand::Cancel(it) => {
                Ok(self.known(it.purchase)?.status == PurchaseStatus::Cancelled)
            }
            AccountCommand::Together(_) => Ok(false),
            AccountCommand::ExpireHold { purchase, .. } | AccountCommand::Release { purchase } => {
                Ok(self.known(*purchase)?.status == PurchaseStatus::Expired)
            }
            AccountCommand::Refund(it) => {
                let refunds = &self.known(it.purchase)?.refunds;
                match refunds.iter().find(|(id, _)| *id == it.refund) {
                    None => Ok(false),
                    Some((_, amount)) => once(it.amount.is_none_or(|it| it == *amount), &it.refund),
                }
            }
            AccountCommand::ExpireCredits { .. } => Ok(self.holder.is_none()),
            AccountCommand::Suspend { .. } => Ok(matches!(self.standing, Standing::Suspended(_))),
            AccountCommand::Resume => {
                Ok(self.holder.is_some() && self.standing == Standing::Active)
            }
            AccountCommand::Close => Ok(self.standing == Standing::Closed),
            AccountCommand::Team(it) => self.team_has_done(it),
            AccountCommand::Contest(it) => Ok(self.is_contested(it.purchase)),
            AccountCommand::TakeSpecimen(it) => self.has_taken(it),
            AccountCommand::AcquireLicence(it) => self.has_acquired(it),
            AccountCommand::ProposeRenewal(it) => Ok(self.has_proposed(it.renewal.purchase)),
            AccountCommand::DeclineRenewal { purchase } => self.has_answered(*purchase),
            AccountCommand::EndContest { purchase, .. } => {
                self.known(*purchase)?;
                Ok(!self.contested.contains(purchase))
            }
        }
    }

    /// Whether the account takes this command at all.
    fn admits(&self, command: &AccountCommand) -> Result<(), AccountRefusal> {
        let opens = matches!(command, AccountCommand::Open(_));
        let buys = matches!(
            command,
            AccountCommand::Authorise(_)
                | AccountCommand::Pay(_)
                | AccountCommand::TakeSpecimen(_)
                | AccountCommand::AcquireLicence(_)
                | AccountCommand::ProposeRenewal(_)
        );
        // Money already engaged goes on after an account is closed: refunds, and their expiry.
        let after = matches!(
            command,
            AccountCommand::Refund(_)
                | AccountCommand::ExpireCredits { .. }
                | AccountCommand::EndContest { .. }
        );
        match (&self.holder, &self.standing) {
            (None, _) if !opens => Err(AccountRefusal::NotOpen),
            (_, Standing::Closed) if !after => Err(AccountRefusal::Closed),
            (_, Standing::Suspended(reason)) if buys => {
                Err(AccountRefusal::Suspended { reason: (**reason).clone() })
            }
            (_, Standing::Active | Standing::Suspended(_) | Standing::Closed) => Ok(()),
        }
    }

    fn grant(&self, it: &Grant) -> Decision {
        let valid_until = it.credits.valid_until;
        if valid_until < it.on {
            return Err(AccountRefusal::AlreadyExpired { valid_until });
        }
        match &self.holder {
            Some((_, school)) if !it.recipients.admit(school) => {
                Err(AccountRefusal::RecipientNotAdmitted { uai: school.uai })
            }
            Some(_) | None => Ok(vec![AccountEvent::Granted(it.credits.clone())]),
        }
    }

    /// Whether the member who asks is the one who asked before.
    fn is_asked_by(&self, it: &Authorise) -> bool {
        let asked = self.team().and_then(|team| team.asked_by(it.purchase));
        asked.map(|it| it.member) == it.by.map(|it| it.member)
    }

    fn hold(&self, it: &Authorise) -> Decision {
        let authorised = self.authorise(it)?;
        let requested = self.request_for(it, &authorised, false);
        Ok([AccountEvent::Authorised(authorised)].into_iter().chain(requested).collect())
    }

    fn authorise(&self, it: &Authorise) -> Result<PurchaseAuthorised, AccountRefusal> {
        let asked_by = self.asked_for(it)?;
        let split = self.split(&Wanted {
            kind: it.terms.kind,
            subjects: &it.terms.subjects,
            amount: it.amount,
            on: it.on,
            frozen: &it.frozen,
        })?;
        Ok(PurchaseAuthorised {
            purchase: it.purchase,
            terms: it.terms.clone(),
            amount: it.amount,
            split,
            // As it is stored.
            hold_until: it.hold_until.trunc_subsecs(0),
            origin: self.origin(it.terms.offer, it.on),
            asked_by,
        })
    }

    fn pay(&self, it: &Authorise) -> Decision {
        let authorised = self.authorise(it)?;
        if let Some(requested) = self.request_for(it, &authorised, true) {
            return Ok(vec![AccountEvent::Authorised(authorised), requested]);
        }
        let captured = PurchaseCaptured {
            purchase: it.purchase,
            capture: whole(it.purchase),
            partner: it.terms.partner,
            siren: it.terms.siren,
            amount: it.amount,
            split: authorised.split.clone(),
            freed: Shares::new(),
            last: true,
        };
        Ok(vec![AccountEvent::Authorised(authorised), AccountEvent::Captured(captured)])
    }

    fn capture(&self, it: &Capture) -> Decision {
        self.approved(it.purchase)?;
        self.capture_held(it)
    }

    /// Captures what is held, approved or not.
    pub(super) fn capture_held(&self, it: &Capture) -> Decision {
        let purchase = self.held_purchase(it.purchase)?;
        let held = purchase.held();
        let too_large = AccountRefusal::CaptureTooLarge { held };
        let Some(amount) = it.amount.or_else(|| Amount::from_cents(held.cents())) else {
            return Err(too_large);
        };
        if held.missing(amount).is_some() {
            return Err(too_large);
        }
        // Consumes lots in the order of the split; what is beyond is what could be freed.
        let mut left = Some(amount);
        let (mut split, mut freed) = (Shares::new(), Shares::new());
        for part in &purchase.parts {
            let taken = left.and_then(|it| it.at_most(part.held));
            if let Some(taken) = taken {
                left = left.and_then(|it| it.less(taken));
                split.extend(self.share(part.lot, taken));
            }
            let rest = taken.map_or(part.held, |it| part.held.less(it));
            freed.extend(Amount::from_cents(rest.cents()).and_then(|it| self.share(part.lot, it)));
        }
        let last = it.last || amount.cents() == held.cents();
        Ok(vec![AccountEvent::Captured(PurchaseCaptured {
            purchase: it.purchase,
            capture: it.capture,
            partner: purchase.partner,
            siren: purchase.siren,
            amount,
            split,
            freed: if last { freed } else { Shares::new() },
            last,
        })])
    }

    pub(super) fn cancel(&self, it: &Cancel) -> Decision {
        let purchase = self.held_purchase(it.purchase)?;
        let captured = purchase.captured();
        if !captured.is_zero() {
            return Err(AccountRefusal::PartlyDelivered { captured });
        }
        let (purchase, freed) = (it.purchase, self.all_held(purchase));
        let reason = it.reason.clone();
        Ok(vec![AccountEvent::Cancelled(PurchaseCancelled { purchase, freed, reason })])
    }

    fn expire_hold(&self, purchase: PurchaseId, at: chrono::DateTime<chrono::Utc>) -> Decision {
        let held = self.held_purchase(purchase)?;
        let until = self.waits_for_approval(purchase).map_or(held.hold_until, |it| it.until);
        if at < until {
            return Err(AccountRefusal::HoldNotOver { until });
        }
        let freed = self.all_held(held);
        Ok(vec![AccountEvent::HoldExpired(HoldExpired { purchase, freed, released: false })])
    }

    fn release(&self, purchase: PurchaseId) -> Decision {
        let freed = self.all_held(self.held_purchase(purchase)?);
        Ok(vec![AccountEvent::HoldExpired(HoldExpired { purchase, freed, released: true })])
    }

    /// Each is decided on what those before it lead to.
    fn together(&self, commands: &[AccountCommand]) -> Decision {
        let (mut state, mut events) = (self.clone(), Vec::new());
        for command in commands {
            let decided = state.decide(command)?;
            for event in &decided {
                state.evolve(event);
            }
            events.extend(decided);
        }
        Ok(events)
    }

    /// Gives back to the lots in the reverse order of their use; what no lot can take again, its
    /// day or its envelope being over, goes back to its funder.
    fn refund(&self, it: &Refund) -> Decision {
        let purchase = self.known(it.purchase)?;
        let refundable = purchase.captured().beyond(purchase.refunded());
        let too_large = AccountRefusal::RefundTooLarge { refundable };
        let Some(amount) = it.amount.or_else(|| Amount::from_cents(refundable.cents())) else {
            return Err(too_large);
        };
        if refundable.missing(amount).is_some() {
            return Err(too_large);
        }
        let mut left = Some(amount);
        let (mut reopened, mut returned) = (Shares::new(), Shares::new());
        for part in purchase.parts.iter().rev() {
            let given = left.and_then(|it| it.at_most(part.captured.beyond(part.refunded)));
            let (Some(given), Some(lot)) = (given, self.lot(part.lot)) else { continue };
            left = left.and_then(|it| it.less(given));
            let over = lot.valid_until < it.on
                || it.closed.contains(&lot.envelope)
                || self.standing == Standing::Closed;
            if over { &mut returned } else { &mut reopened }.extend(self.share(part.lot, given));
        }
        Ok(vec![AccountEvent::Refunded(PurchaseRefunded {
            purchase: it.purchase,
            refund: it.refund,
            partner: purchase.partner,
            siren: purchase.siren,
            amount,
            reopened,
            returned,
            agreement: it.agreement,
        })])
    }

    fn close(&self) -> Decision {
        let held = self.held();
        if !held.is_zero() {
            return Err(AccountRefusal::HasHolds { held });
        }
        let mut events = self.returned(ReturnCause::AccountClosed, |_| true);
        events.push(AccountEvent::Closed(AccountClosed {}));
        Ok(events)
    }

    /// One event for each lot of which something is left and that is over.
    fn returned(
        &self,
        because: ReturnCause,
        over: impl Fn(&super::Lot) -> bool,
    ) -> Vec<AccountEvent> {
        let left = self.lots.iter().filter(|lot| over(lot)).filter_map(|lot| {
            let amount = Amount::from_cents(lot.available.cents())?;
            let (lot, envelope, funder) = (lot.id, lot.envelope, lot.funder);
            Some(AccountEvent::Returned(CreditsReturned { lot, envelope, funder, amount, because }))
        });
        left.collect()
    }

    pub(super) fn known(&self, purchase: PurchaseId) -> Result<&Purchase, AccountRefusal> {
        if self.holder.is_none() {
            return Err(AccountRefusal::NotOpen);
        }
        self.purchase(purchase).ok_or(AccountRefusal::NoSuchPurchase { purchase })
    }

    fn held_purchase(&self, id: PurchaseId) -> Result<&Purchase, AccountRefusal> {
        let purchase = self.known(id)?;
        match purchase.status {
            PurchaseStatus::Authorised => Ok(purchase),
            status @ (PurchaseStatus::Captured
            | PurchaseStatus::Cancelled
            | PurchaseStatus::Expired) => Err(AccountRefusal::NotHeld { purchase: id, status }),
        }
    }

    fn share(&self, lot: crate::ids::LotId, amount: Amount) -> Option<Share> {
        let it = self.lot(lot)?;
        Some(Share { lot, envelope: it.envelope, funder: it.funder, amount })
    }

    fn all_held(&self, purchase: &Purchase) -> Shares {
        let held = |held: Balance| Amount::from_cents(held.cents());
        purchase.parts.iter().filter_map(|it| self.share(it.lot, held(it.held)?)).collect()
    }
}

impl Purchase {
    fn is(&self, it: &Authorise) -> bool {
        self.was_asked(it.terms.offer, it.terms.digest, it.amount)
    }
}

/// The capture of a purchase that is delivered at once.
pub(super) fn whole(purchase: PurchaseId) -> CaptureId {
    CaptureId(purchase.0)
}

/// Done before, if it was the same.
pub(super) fn once(same: bool, reference: &dyn std::fmt::Display) -> Result<bool, AccountRefusal> {
    if same {
        Ok(true)
    } else {
        Err(AccountRefusal::ReferenceReused { reference: reference.to_string() })
    }
}
