//! The rules of what waits for the head of school.

use chrono::{DateTime, Days, NaiveDate, SubsecRound, TimeDelta, Utc};
use compact_str::CompactString;

use super::{
    ApprovalGiven, ApprovalRefused, ApprovalReminded, ApprovalRequested, Authority, RefusedBecause,
    Request, RequestStatus, TeamEvent,
};
use crate::account::rules::{Decision, whole};
use crate::account::{
    Account, AccountEvent, AccountRefusal, Authorise, Cancel, Capture, PurchaseAuthorised,
};
use crate::ids::{AccountId, PurchaseId};
use crate::meta::paris_midnight;

/// For how many whole days a request waits at most; a hold that is shorter ends it earlier.
pub const APPROVAL_DAYS: u64 = 14;

/// How many days before a request's end whoever may approve is reminded.
pub const REMINDED_DAYS: i64 = 7;

impl Account {
    /// What asks the head of school, beside `authorised`; `None` when it is within the threshold.
    pub(in crate::account) fn request_for(
        &self,
        it: &Authorise,
        authorised: &PurchaseAuthorised,
        at_once: bool,
    ) -> Option<AccountEvent> {
        let order = it.by.filter(|_| authorised.asked_by.is_some())?;
        if !self.team()?.rules.needs_approval(order.total) {
            return None;
        }
        let last = it.on.checked_add_days(Days::new(1 + APPROVAL_DAYS)).unwrap_or(it.on);
        let until = paris_midnight(last).min(it.hold_until).trunc_subsecs(0);
        let requested = ApprovalRequested { purchase: it.purchase, until, at_once };
        Some(AccountEvent::Team(TeamEvent::Requested(requested)))
    }

    /// Refused while `purchase` waits for the head.
    pub(in crate::account) fn approved(&self, purchase: PurchaseId) -> Result<(), AccountRefusal> {
        match self.waits_for_approval(purchase) {
            Some(request) => Err(AccountRefusal::ApprovalPending { until: request.until }),
            None => Ok(()),
        }
    }

    /// Whether the request of `purchase` is `status`; refused when there is none, or it ended
    /// otherwise.
    pub(super) fn request_is(
        &self,
        purchase: PurchaseId,
        status: RequestStatus,
    ) -> Result<bool, AccountRefusal> {
        match self.team().and_then(|it| it.request(purchase)) {
            Some(it) if it.status == RequestStatus::Open => Ok(false),
            Some(it) if it.status == status => Ok(true),
            Some(_) | None => Err(AccountRefusal::NothingToApprove { purchase }),
        }
    }

    /// The request that `by` may decide, and for whom they do it.
    fn decides(
        &self,
        purchase: PurchaseId,
        by: Authority,
        on: NaiveDate,
    ) -> Result<(&Request, Option<AccountId>), AccountRefusal> {
        let nothing = AccountRefusal::NothingToApprove { purchase };
        let request = self.waits_for_approval(purchase).ok_or(nothing)?;
        let account = by.account();
        let delegate = if self.is_head(by) {
            None
        } else if self.team().is_some_and(|it| it.may_approve_for_the_head(account, on)) {
            Some(account)
        } else {
            return Err(AccountRefusal::NotYours);
        };
        let asked = self.team().and_then(|it| it.asked_by(purchase));
        if asked.is_some_and(|it| it.member == account) {
            return Err(AccountRefusal::OwnRequest);
        }
        Ok((request, delegate))
    }

    /// What is delivered at once is paid in the same append.
    pub(super) fn approve(&self, purchase: PurchaseId, by: Authority, on: NaiveDate) -> Decision {
        let (request, delegate) = self.decides(purchase, by, on)?;
        let given = TeamEvent::Approved(ApprovalGiven { purchase, delegate });
        let mut events = vec![AccountEvent::Team(given)];
        if request.at_once {
            let capture = whole(purchase);
            let capture = Capture { purchase, capture, amount: None, last: true };
            events.extend(self.capture_held(&capture)?);
        }
        Ok(events)
    }

    pub(super) fn refuse(
        &self,
        purchase: PurchaseId,
        (because, words): (RefusedBecause, &CompactString),
        by: Authority,
        on: NaiveDate,
    ) -> Decision {
        let (_, delegate) = self.decides(purchase, by, on)?;
        let length = words.trim().chars().count();
        if length > 300 || (because == RefusedBecause::Other && length == 0) {
            let expected = "expected up to 300 characters, and some for another reason";
            return Err(AccountRefusal::Invalid { field: "words", expected });
        }
        let words = CompactString::new(words.trim());
        let refused = ApprovalRefused { purchase, because, words, delegate };
        let mut events = vec![AccountEvent::Team(TeamEvent::Refused(refused))];
        let reason = because.name().into();
        events.extend(self.cancel(&Cancel { purchase, reason })?);
        Ok(events)
    }

    pub(super) fn remind(&self, purchase: PurchaseId, at: DateTime<Utc>) -> Decision {
        let nothing = AccountRefusal::NothingToApprove { purchase };
        let request = self.waits_for_approval(purchase).ok_or(nothing)?;
        if at < request.until - TimeDelta::days(REMINDED_DAYS) {
            let (field, expected) = ("at", "expected one of the seven days before its end");
            return Err(AccountRefusal::Invalid { field, expected });
        }
        Ok(vec![AccountEvent::Team(TeamEvent::Reminded(ApprovalReminded { purchase }))])
    }
}
