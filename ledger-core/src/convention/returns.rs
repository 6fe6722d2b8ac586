//! What is left of a convention goes back: its events, and their rules.
//!
//! A return that the bank refuses, or sends back after its debit, is still ordered: it is sent again
//! under another reference, or ordered anew to another account.

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::rules::acts_as;
use super::{Convention, ConventionEvent, ConventionRefusal};
use crate::digest::Digest;
use crate::identifiers::Funder;
use crate::ids::ConventionId;
use crate::meta::{Actor, Role};
use crate::money::{Balance, Budget};
use crate::partner::Iban;

/// What is left goes back (restitution): ordered by the authorising officer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnOrdered {
    /// Which collectivité.
    pub funder: Funder,
    /// How much.
    pub amount: Budget,
    /// Where to.
    pub iban: Iban,
    /// On which day, in Europe/Paris.
    pub on: NaiveDate,
    /// Who orders.
    pub by: Actor,
}

/// It goes to the bank: with what was ordered and signed, all that its file is made from, so that the
/// same bytes can be made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnSent {
    /// Which collectivité.
    pub funder: Funder,
    /// How much.
    pub amount: Budget,
    /// Its reference there (`EndToEndId`), and its file's (`MsgId`); 1 to 35 characters.
    pub end_to_end: CompactString,
    /// When it was sent, in seconds since 1970.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub at: DateTime<Utc>,
    /// The day on which the bank is to carry it out.
    pub execution: NaiveDate,
    /// The account that pays.
    pub from: Iban,
    /// Whose account that is.
    pub payer: CompactString,
    /// Who sends it.
    pub by: Actor,
}

/// It stands on the bank statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnDebited {
    /// Its reference there.
    pub end_to_end: CompactString,
    /// How much.
    pub amount: Budget,
    /// The bank's booking date.
    pub booked: NaiveDate,
    /// Which line of which statement.
    pub line: CompactString,
}

/// The bank refuses it (pain.002): the money is the collectivité's again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnRejected {
    /// Which collectivité.
    pub funder: Funder,
    /// How much.
    pub amount: Budget,
    /// Its reference there.
    pub end_to_end: CompactString,
    /// The bank's reason code; empty when it gives none.
    pub reason: CompactString,
    /// Fingerprint of the file that says so.
    pub report: Digest,
}

/// It came back after it was debited: the money is the collectivité's again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnCameBack {
    /// Which collectivité.
    pub funder: Funder,
    /// How much.
    pub amount: Budget,
    /// Its reference there.
    pub end_to_end: CompactString,
    /// The bank's reason code; empty when it gives none.
    pub reason: CompactString,
    /// The bank's booking date.
    pub booked: NaiveDate,
    /// Which line of which statement.
    pub line: CompactString,
}

/// A return under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returning {
    /// As it was ordered.
    pub ordered: ReturnOrdered,
    /// As it was sent; `None` while it awaits that.
    pub sent: Option<ReturnSent>,
    /// The bank's reason code when it failed and awaits to be sent again; `None` when it did not.
    pub failed: Option<CompactString>,
}

/// Returns that went before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Past {
    /// How many were sent.
    sent: usize,
    /// Those that were debited, by which line, and not known to have come back.
    debited: Vec<(CompactString, ReturnOrdered, CompactString)>,
    /// References that the bank refused.
    rejected: Vec<CompactString>,
    /// Lines of statements that debited one that came back, or brought it back.
    lines: Vec<CompactString>,
}

impl Past {
    /// Whether `line` of a statement debited one.
    pub(super) fn has_debited(&self, line: &CompactString) -> bool {
        self.debited.iter().any(|it| it.2 == *line) || self.lines.contains(line)
    }

    /// Whether the bank refused the one called `end_to_end`.
    pub(super) fn has_rejected(&self, end_to_end: &CompactString) -> bool {
        self.rejected.contains(end_to_end)
    }

    /// Whether `line` of a statement brought one back.
    pub(super) fn has_taken_back(&self, line: &CompactString) -> bool {
        self.lines.contains(line)
    }
}

impl Convention {
    /// What its return is called at the bank: the one that is sent, or else the next one.
    pub fn next_end_to_end(&self, id: ConventionId) -> CompactString {
        match self.returning.as_ref().and_then(|it| it.sent.as_ref()) {
            Some(sent) => sent.end_to_end.clone(),
            None => id.end_to_end(self.past.sent),
        }
    }

    pub(super) fn order_return(
        &self,
        it: ReturnOrdered,
        unspent: Balance,
    ) -> Result<ConventionEvent, ConventionRefusal> {
        acts_as(it.by, Role::AuthorisingOfficer)?;
        let replaced = match &self.returning {
            None => Balance::ZERO,
            Some(known) if known.failed.is_some() => known.ordered.amount.into(),
            Some(known) => {
                return Err(ConventionRefusal::ReturnUnderWay { amount: known.ordered.amount });
            }
        };
        // What failed takes no part: the new order is in its place.
        let returned = self.returned.beyond(replaced);
        let unspent = unspent.and(replaced).min(self.received.beyond(returned));
        match unspent.missing(it.amount) {
            Some(missing) => Err(ConventionRefusal::NotUnspent { unspent, missing }),
            None => Ok(ConventionEvent::ReturnOrdered(it)),
        }
    }

    pub(super) fn send_return(
        &self,
        by: Actor,
        end_to_end: &CompactString,
        sent: impl FnOnce(&ReturnOrdered) -> ReturnSent,
    ) -> Result<ConventionEvent, ConventionRefusal> {
        acts_as(by, Role::Accountant)?;
        let known = self.returning.as_ref().ok_or(ConventionRefusal::NoReturn)?;
        let used = self.past.has_rejected(end_to_end)
            || self.past.debited.iter().any(|it| it.0 == *end_to_end);
        match known.sent {
            None if known.ordered.by.id == by.id => Err(ConventionRefusal::SameActor),
            None if used => {
                Err(ConventionRefusal::ReferenceReused { reference: end_to_end.to_string() })
            }
            None => Ok(ConventionEvent::ReturnSent(sent(&known.ordered))),
            Some(_) => Err(ConventionRefusal::ReturnUnderWay { amount: known.ordered.amount }),
        }
    }

    /// The return called `end_to_end`, if it is the one at the bank.
    pub(super) fn return_sent(
        &self,
        end_to_end: &CompactString,
    ) -> Result<&ReturnSent, ConventionRefusal> {
        let sent = self.returning.as_ref().and_then(|it| it.sent.as_ref());
        sent.filter(|it| it.end_to_end == *end_to_end).ok_or(ConventionRefusal::NoReturn)
    }

    pub(super) fn debit_return(
        &self,
        end_to_end: &CompactString,
        amount: Budget,
        booked: NaiveDate,
        line: &CompactString,
    ) -> Result<ConventionEvent, ConventionRefusal> {
        if self.return_sent(end_to_end)?.amount != amount {
            return Err(ConventionRefusal::NoReturn);
        }
        let (end_to_end, line) = (end_to_end.clone(), line.clone());
        Ok(ConventionEvent::ReturnDebited(ReturnDebited { end_to_end, amount, booked, line }))
    }

    pub(super) fn reject_return(
        &self,
        end_to_end: &CompactString,
        reason: &CompactString,
        report: Digest,
    ) -> Result<ConventionEvent, ConventionRefusal> {
        let sent = self.return_sent(end_to_end)?;
        Ok(ConventionEvent::ReturnRejected(ReturnRejected {
            funder: sent.funder,
            amount: sent.amount,
            end_to_end: end_to_end.clone(),
            reason: reason.clone(),
            report,
        }))
    }

    pub(super) fn take_back_return(
        &self,
        end_to_end: &CompactString,
        amount: Budget,
        reason: &CompactString,
        booked: NaiveDate,
        line: &CompactString,
    ) -> Result<ConventionEvent, ConventionRefusal> {
        let mut debited = self.past.debited.iter();
        let known = debited.find(|it| it.0 == *end_to_end && it.1.amount == amount);
        let (_, ordered, _) = known.ok_or(ConventionRefusal::NoReturn)?;
        Ok(ConventionEvent::ReturnCameBack(ReturnCameBack {
            funder: ordered.funder,
            amount,
            end_to_end: end_to_end.clone(),
            reason: reason.clone(),
            booked,
            line: line.clone(),
        }))
    }

    pub(super) fn take_in_return(&mut self, event: &ConventionEvent) {
        match event {
            ConventionEvent::ReturnOrdered(it) => {
                let replaced = self.returning.take().map(|it| it.ordered.amount);
                let replaced = replaced.map_or(Balance::ZERO, Balance::from);
                self.returned = self.returned.beyond(replaced).plus(it.amount);
                self.returning = Some(Returning { ordered: it.clone(), sent: None, failed: None });
            }
            ConventionEvent::ReturnSent(it) => {
                self.past.sent += 1;
                if let Some(known) = &mut self.returning {
                    (known.sent, known.failed) = (Some(it.clone()), None);
                }
            }
            ConventionEvent::ReturnDebited(it) => {
                if let Some(known) = self.returning.take() {
                    let (end_to_end, line) = (it.end_to_end.clone(), it.line.clone());
                    self.past.debited.push((end_to_end, known.ordered, line));
                }
            }
            ConventionEvent::ReturnRejected(it) => {
                self.past.rejected.push(it.end_to_end.clone());
                if let Some(known) = &mut self.returning {
                    (known.sent, known.failed) = (None, Some(it.reason.clone()));
                }
            }
            ConventionEvent::ReturnCameBack(it) => self.return_came_back(it),
            ConventionEvent::Signed(_)
            | ConventionEvent::Amended(_)
            | ConventionEvent::Drawn(_)
            | ConventionEvent::Called(_)
            | ConventionEvent::Received(_) => (),
        }
    }

    /// It awaits to be sent again; or is unspent again, when another return is under way meanwhile.
    fn return_came_back(&mut self, it: &ReturnCameBack) {
        self.past.lines.push(it.line.clone());
        self.past.rejected.push(it.end_to_end.clone());
        let place = self.past.debited.iter().position(|known| known.0 == it.end_to_end);
        let Some((_, ordered, line)) = place.map(|it| self.past.debited.remove(it)) else { return };
        self.past.lines.push(line);
        if self.returning.is_some() {
            self.returned = self.returned.beyond(it.amount.into());
        } else {
            let failed = Some(it.reason.clone());
            self.returning = Some(Returning { ordered, sent: None, failed });
        }
    }
}
