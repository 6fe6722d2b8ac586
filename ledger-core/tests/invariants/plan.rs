//! What a command of a history is, with all that it says: found out from the world as it is.

use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use ledger_core::account::{
    Account, AccountCommand, AccountEvent, Authorise, Cancel, Capture, Contest, ContestOutcome,
    Refund, SpecimenTaken, TakeSpecimen, specimen_until,
};
use ledger_core::agreement::{AgreementAct, AgreementCommand};
use ledger_core::batch::{BatchCommand, BatchOpened, ChunkAdded, Line};
use ledger_core::checkout::{self, Order};
use ledger_core::digest::Digest;
use ledger_core::envelope::{Envelope, EnvelopeCommand, ReturnsNoted};
use ledger_core::event::Event;
use ledger_core::event_log::Recorded;
use ledger_core::ids::{
    AgreementId, BatchId, CaptureId, EnvelopeId, PartnerId, ReceiptId, RefundId,
};
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::{Actor, Role};
use ledger_core::money::Balance;
use ledger_core::offer::{Billing, Kind, Offer, OfferCommand};
use ledger_core::partner::PartnerCommand;
use ledger_core::process::topups::TopUp;
use uuid::Uuid;

use crate::command::{Command, PURCHASES};
use crate::world::{Reply, Sent, World, budget, euros};

impl World {
    /// All that `command` is, today.
    pub async fn plan(&mut self, command: &Command) -> Reply<Vec<Sent>> {
        let on = self.today();
        Ok(match *command {
            Command::Wait { days } => {
                self.now += TimeDelta::days(days.into());
                vec![]
            }
            Command::TopUp { envelope, reference, account, cents } => vec![Sent::TopUp(TopUp {
                envelope: self.envelope(envelope),
                reference: format!("topup-{reference}").into(),
                account: self.account(account),
                amount: euros(cents),
                on,
            })],
            Command::Batch { envelope, number, ref lines } => {
                self.batch(envelope, number, lines, on)
            }
            Command::Buy { account, offer, purchase, ceiling } => {
                self.buy(account, offer, purchase, ceiling).await?.into_iter().collect()
            }
            Command::Hold { account, offer, purchase, days } => {
                self.hold(account, offer, purchase, days).await?.into_iter().collect()
            }
            Command::Team { act, teacher, purchase } => vec![self.team(act, teacher, purchase)],
            Command::Agree { offer, cents } => vec![self.agree(offer, cents)],
            Command::EndAgreement { offer } => {
                let by = Actor { role: Role::AuthorisingOfficer, id: Uuid::nil() };
                let act = AgreementAct::End { reason: "retirée".into() };
                let agreement = AgreementId::of(self.offer(offer));
                vec![Sent::Agreement(agreement, AgreementCommand { by, on, act })]
            }
            Command::Renew { account, purchase, declined } => {
                self.renew(account, purchase, declined)
            }
            Command::Pay { payment, ref act } => self.act(payment, act),
            Command::Reprice { offer, cents } => vec![self.list(offer, cents)],
            Command::Withdraw { offer } => {
                let withdraw = OfferCommand::Withdraw { reason: "épuisée".into() };
                vec![Sent::Offer(self.offer(offer), withdraw)]
            }
            Command::SuspendPartner { partner } => {
                let suspend = PartnerCommand::Suspend { reason: "contrôle".into() };
                vec![Sent::Partner(self.partner(partner), suspend)]
            }
            Command::ResumePartner { partner } => {
                vec![Sent::Partner(self.partner(partner), PartnerCommand::Resume)]
            }
            _ => {
                let of_envelope = self.of_envelope(command).await?;
                let of_account = self.of_account(command).await?;
                of_envelope.into_iter().chain(of_account).collect()
            }
        })
    }

    fn batch(&self, envelope: u8, number: u8, lines: &[(u8, u64)], on: NaiveDate) -> Vec<Sent> {
        let batch = BatchId(self.id(5, number));
        let line = |(index, &(account, cents)): (usize, &(u8, u64))| Line {
            number: u32::try_from(index).expect("a small number") + 1,
            account: self.account(account),
            amount: euros(cents),
        };
        let lines = lines.iter().enumerate().map(line).collect();
        let chunk = ChunkAdded { number: 0, lines, refused: vec![] };
        let envelope = self.envelope(envelope);
        let opened = BatchOpened { envelope, reference: format!("fichier-{number}").into() };
        vec![
            Sent::Batch(batch, BatchCommand::Open(opened)),
            Sent::Batch(batch, BatchCommand::AddChunk(chunk)),
            Sent::Batch(batch, BatchCommand::Submit),
            Sent::Credit(batch, on),
        ]
    }

    async fn buy(&self, account: u8, offer: u8, purchase: u8, ceiling: u64) -> Reply<Option<Sent>> {
        let offer = self.offer(offer);
        let Some(listed) = self.ledger.state::<Offer>(offer).await?.current else {
            return Ok(None);
        };
        let by_use = listed.listing.billing == Billing::ByUse;
        Ok(Some(Sent::Buy(Order {
            payer: self.payer(account, purchase),
            offer,
            seen: listed.digest,
            purchase: self.purchase(purchase),
            ceiling: by_use.then_some(euros(ceiling)),
            hold_until: self.now + TimeDelta::days(30),
            on: self.today(),
        })))
    }

    /// A purchase that a partner asks to hold: not delivered at once.
    async fn hold(&self, account: u8, offer: u8, purchase: u8, days: u8) -> Reply<Option<Sent>> {
        let (payer, on) = (self.payer(account, purchase), self.today());
        let offer = self.offer(offer);
        let Some(known) = self.ledger.state::<Offer>(offer).await?.current else {
            return Ok(None);
        };
        let by_use = known.listing.billing == Billing::ByUse;
        let ceiling = by_use.then_some(euros(20_00));
        let quote = match checkout::quote(&self.ledger, payer, offer, ceiling, on).await {
            Ok(quote) => quote,
            Err(ExecuteError::Refused(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut frozen = Vec::new();
        for envelope in self.envelopes() {
            let state = self.ledger.state::<Envelope>(envelope).await?;
            if state.frozen.is_some() || state.closed {
                frozen.push(envelope);
            }
        }
        let authorise = Authorise {
            purchase: self.purchase(purchase),
            terms: quote.terms,
            amount: quote.amount,
            hold_until: self.now + TimeDelta::days(days.into()),
            on,
            frozen: frozen.into(),
            by: payer.order(quote.amount),
        };
        Ok(Some(Sent::Account(payer.account, AccountCommand::Authorise(authorise))))
    }

    async fn of_account(&self, command: &Command) -> Reply<Option<Sent>> {
        let (on, at) = (self.today(), self.now);
        let (account, command) = match *command {
            Command::Capture { account, purchase, capture, cents, last } => {
                let capture = CaptureId(self.id(6 + u128::from(purchase), capture));
                let (purchase, amount) = (self.purchase(purchase), cents.map(euros));
                (account, AccountCommand::Capture(Capture { purchase, capture, amount, last }))
            }
            Command::Cancel { account, purchase } => {
                let (purchase, reason) = (self.purchase(purchase), "erreur".into());
                (account, AccountCommand::Cancel(Cancel { purchase, reason }))
            }
            Command::ExpireHold { account, purchase } => {
                let purchase = self.purchase(purchase);
                (account, AccountCommand::ExpireHold { purchase, at })
            }
            Command::Refund { account, purchase, refund, cents } => {
                let closed = self.closed_envelopes().await?;
                let refund = RefundId(self.id(70 + u128::from(purchase), refund));
                let (purchase, amount) = (self.purchase(purchase), cents.map(euros));
                let agreement = None;
                let it = Refund { purchase, refund, amount, on, closed, agreement };
                (account, AccountCommand::Refund(it))
            }
            Command::Contest { account, purchase } => {
                let purchase = self.purchase(purchase);
                let contest = Contest { purchase, reason: "rien".into(), until: on, on };
                (account, AccountCommand::Contest(contest))
            }
            Command::EndContest { account, purchase, dismissed } => {
                // One that is contested, if there is any: else hardly any contest would end.
                let id = self.account(account);
                let state = self.ledger.state::<Account>(id).await?;
                let mut all = (0..PURCHASES).map(|it| self.purchase(it));
                let contested = all.find(|it| state.is_contested(*it));
                let purchase = contested.unwrap_or_else(|| self.purchase(purchase));
                let (outcome, role) = if dismissed {
                    (ContestOutcome::Dismissed, Role::AuthorisingOfficer)
                } else {
                    (ContestOutcome::Withdrawn, Role::Teacher)
                };
                let (reason, by) = ("livré".into(), Actor { role, id: Uuid::nil() });
                (account, AccountCommand::EndContest { purchase, outcome, reason, by })
            }
            Command::Try { account, offer } => {
                let specimen = SpecimenTaken {
                    offer: self.offer(offer),
                    partner: PartnerId(Uuid::nil()),
                    reference: "r".into(),
                    title: "t".into(),
                    kind: Kind::Activity,
                    digest: Digest::of(b"seen"),
                    url: "https://preau.example/specimen".into(),
                    until: specimen_until(on),
                };
                (account, AccountCommand::TakeSpecimen(TakeSpecimen { specimen, on }))
            }
            Command::ExpireCredits { account } => (account, AccountCommand::ExpireCredits { on }),
            Command::SuspendAccount { account } => {
                (account, AccountCommand::Suspend { reason: "signalement".into() })
            }
            Command::ResumeAccount { account } => (account, AccountCommand::Resume),
            Command::CloseAccount { account } => (account, AccountCommand::Close),
            _ => return Ok(None),
        };
        Ok(Some(Sent::Account(self.account(account), command)))
    }

    async fn closed_envelopes(&self) -> Reply<Arc<[EnvelopeId]>> {
        let mut closed = Vec::new();
        for envelope in self.envelopes() {
            if self.ledger.state::<Envelope>(envelope).await?.closed {
                closed.push(envelope);
            }
        }
        Ok(closed.into())
    }

    async fn of_envelope(&self, command: &Command) -> Reply<Option<Sent>> {
        let (envelope, command) = match *command {
            Command::ConfirmBudget { envelope } => {
                (envelope, EnvelopeCommand::ConfirmBudget { legal_reference: "Vote 2027".into() })
            }
            Command::RaiseBudget { envelope, reference, cents } => {
                let legal_reference = format!("Délibération {reference}").into();
                (envelope, EnvelopeCommand::RaiseBudget { amount: budget(cents), legal_reference })
            }
            Command::ReceiveFunds { envelope, receipt, cents } => {
                let receipt = ReceiptId(self.id(130 + u128::from(envelope), receipt));
                let (amount, reference) = (budget(cents), "VIR".into());
                (
                    envelope,
                    EnvelopeCommand::ReceiveFunds { receipt, amount, reference, booked: None },
                )
            }
            Command::Freeze { envelope } => {
                let (reason, on) = ("contrôle".into(), self.today());
                (envelope, EnvelopeCommand::Freeze { reason, on })
            }
            Command::Unfreeze { envelope } => (envelope, EnvelopeCommand::Unfreeze),
            Command::CloseEnvelope { envelope } => (envelope, EnvelopeCommand::Close),
            Command::NoteReturns { envelope } => {
                (envelope, EnvelopeCommand::NoteReturns(self.returns(envelope).await?))
            }
            _ => return Ok(None),
        };
        Ok(Some(Sent::Envelope(self.envelope(envelope), command)))
    }

    /// What came back to an envelope since it last noted it.
    pub async fn returns(&self, envelope: u8) -> Reply<ReturnsNoted> {
        let envelope = self.envelope(envelope);
        let state = self.ledger.state::<Envelope>(envelope).await?;
        let after = state.returns_up_to;
        let look = |events: &[(Recorded, Event)]| {
            let (mut expired, mut refunded) = (Balance::ZERO, Balance::ZERO);
            let new = events.partition_point(|it| it.0.position <= after);
            for (_, event) in &events[new..] {
                match event {
                    Event::Account(AccountEvent::Returned(it)) if it.envelope == envelope => {
                        expired = expired.plus(it.amount);
                    }
                    Event::Account(AccountEvent::Refunded(it)) => {
                        let back = it.returned.iter().filter(|it| it.envelope == envelope);
                        refunded = back.fold(refunded, |sum, it| sum.plus(it.amount));
                    }
                    _ => (),
                }
            }
            let up_to = events.last().map_or(after, |it| it.0.position.max(after));
            ReturnsNoted { after, up_to, expired, refunded }
        };
        self.look(look).await
    }
}
