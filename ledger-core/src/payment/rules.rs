//! The rules of a payment. Each reads as: done before? still waiting? then the rule.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};

use super::created::written;
use super::{
    ApprovalAwaited, Payment, PaymentAuthorised, PaymentCancelled, PaymentCommand, PaymentCreated,
    PaymentDeclined, PaymentEvent, PaymentExpired, PaymentRefusal, PaymentStep,
};
use crate::decider::Decider;
use crate::ids::{AccountId, BuyerId};

type Decision = Result<Vec<PaymentEvent>, PaymentRefusal>;

impl Decider for Payment {
    type Command = PaymentCommand;
    type Event = PaymentEvent;
    type Refusal = PaymentRefusal;

    fn decide(&self, command: &PaymentCommand) -> Decision {
        let created = match (&self.created, command) {
            (None, PaymentCommand::Create(it)) => {
                it.check()?;
                // As it is stored.
                let expires_at = it.expires_at.trunc_subsecs(0);
                let created = PaymentCreated { expires_at, ..(**it).clone() };
                return Ok(vec![PaymentEvent::Created(Box::new(created))]);
            }
            (None, _) => return Err(PaymentRefusal::NoSuchPayment),
            (Some(created), _) => created,
        };
        match command {
            PaymentCommand::Create(it) => {
                let same = created.partner == it.partner && created.request == it.request;
                if same { Ok(vec![]) } else { Err(PaymentRefusal::ReferenceReused) }
            }
            PaymentCommand::Authorise { account, buyer, at } => {
                self.authorise(created, *account, *buyer, *at)
            }
            PaymentCommand::AwaitApproval { account, buyer, until, at } => {
                // As it is stored.
                let (buyer, until) = (*buyer, until.trunc_subsecs(0));
                let awaited = ApprovalAwaited { account: *account, buyer, until };
                self.wait_for_approval(created, awaited, *at)
            }
            PaymentCommand::Decline => {
                let declined = PaymentEvent::Declined(PaymentDeclined {});
                self.end(PaymentStep::Declined, declined)
            }
            PaymentCommand::Cancel { reason } => {
                if !written(reason, 0, 200) {
                    let (field, expected) = ("reason", "expected up to 200 characters on one line");
                    return Err(PaymentRefusal::Invalid { field, expected });
                }
                let cancelled = PaymentCancelled { reason: reason.clone() };
                self.end(PaymentStep::Cancelled, PaymentEvent::Cancelled(cancelled))
            }
            PaymentCommand::Expire { at } => {
                let term = match self.step {
                    PaymentStep::Waiting => Some(created.expires_at),
                    PaymentStep::Awaiting { until, .. } => Some(until),
                    PaymentStep::Authorised { .. }
                    | PaymentStep::Declined
                    | PaymentStep::Cancelled
                    | PaymentStep::Expired => None,
                };
                if let Some(until) = term.filter(|it| at < it) {
                    return Err(PaymentRefusal::NotOver { until });
                }
                self.end(PaymentStep::Expired, PaymentEvent::Expired(PaymentExpired {}))
            }
            PaymentCommand::RecordUsage(it) => self.record_usage(created, it),
            PaymentCommand::CloseUsage(it) => self.close_usage(created, it),
        }
    }

    fn evolve(&mut self, event: &PaymentEvent) {
        match event {
            PaymentEvent::Created(it) => self.created = Some(Arc::new((**it).clone())),
            PaymentEvent::Authorised(it) => {
                let (account, buyer) = (it.account, it.buyer);
                self.step = PaymentStep::Authorised { account, buyer };
            }
            PaymentEvent::ApprovalAwaited(it) => {
                let (account, buyer, until) = (it.account, it.buyer, it.until);
                self.step = PaymentStep::Awaiting { account, buyer, until };
            }
            PaymentEvent::Declined(_) => self.step = PaymentStep::Declined,
            PaymentEvent::Cancelled(it) => {
                self.step = PaymentStep::Cancelled;
                self.reason.clone_from(&it.reason);
            }
            PaymentEvent::Expired(_) => self.step = PaymentStep::Expired,
            PaymentEvent::UsageRecorded(_)
            | PaymentEvent::CeilingNeared(_)
            | PaymentEvent::UsageClosed(_) => self.usage.get_or_insert_default().take_in(event),
        }
    }
}

impl Payment {
    fn authorise(
        &self,
        created: &PaymentCreated,
        account: AccountId,
        buyer: BuyerId,
        at: DateTime<Utc>,
    ) -> Decision {
        match self.step {
            PaymentStep::Authorised { account: by, .. } if by == account => Ok(vec![]),
            PaymentStep::Awaiting { account: by, .. } if by == account => {
                Ok(vec![PaymentEvent::Authorised(PaymentAuthorised { account, buyer })])
            }
            PaymentStep::Authorised { .. } | PaymentStep::Awaiting { .. } => {
                Err(PaymentRefusal::TakenByAnother)
            }
            step @ (PaymentStep::Declined | PaymentStep::Cancelled | PaymentStep::Expired) => {
                Err(PaymentRefusal::Over { step })
            }
            PaymentStep::Waiting if at >= created.expires_at => {
                Err(PaymentRefusal::TooLate { until: created.expires_at })
            }
            PaymentStep::Waiting => {
                Ok(vec![PaymentEvent::Authorised(PaymentAuthorised { account, buyer })])
            }
        }
    }

    fn wait_for_approval(
        &self,
        created: &PaymentCreated,
        awaited: ApprovalAwaited,
        at: DateTime<Utc>,
    ) -> Decision {
        match self.step {
            PaymentStep::Awaiting { account, .. } | PaymentStep::Authorised { account, .. } => {
                let same = account == awaited.account;
                if same { Ok(vec![]) } else { Err(PaymentRefusal::TakenByAnother) }
            }
            step @ (PaymentStep::Declined | PaymentStep::Cancelled | PaymentStep::Expired) => {
                Err(PaymentRefusal::Over { step })
            }
            PaymentStep::Waiting if at >= created.expires_at => {
                Err(PaymentRefusal::TooLate { until: created.expires_at })
            }
            PaymentStep::Waiting => Ok(vec![PaymentEvent::ApprovalAwaited(awaited)]),
        }
    }

    /// Ends what waits; what ended so before is done.
    fn end(&self, as_step: PaymentStep, event: PaymentEvent) -> Decision {
        match self.step {
            PaymentStep::Waiting | PaymentStep::Awaiting { .. } => Ok(vec![event]),
            PaymentStep::Authorised { .. } => Err(PaymentRefusal::Authorised),
            step @ (PaymentStep::Declined | PaymentStep::Cancelled | PaymentStep::Expired) => {
                if step == as_step {
                    Ok(vec![])
                } else {
                    Err(PaymentRefusal::Over { step })
                }
            }
        }
    }
}
