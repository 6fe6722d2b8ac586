//! A partner (partenaire): who it is, where it is paid, where its feed is, whether it sells.
//!
//! Bank details change under four eyes: one agent proposes, another one approves. Anybody may reject
//! what is proposed, whoever proposed it too. The fee that it owes is recorded by one person, an
//! authorising officer.

mod fee;
mod feed;
mod site;
#[cfg(test)]
mod tests;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::decider::Decider;
use crate::identifiers::Siret;
use crate::meta::Actor;

pub use fee::{FEE_MAX, FeeAgreed, FeeOn, FeeTerms};
pub use feed::{FeedDeclared, FeedFormat, FeedFormatError, FeedRemoved, FeedRole};
pub use site::{SITES_MAX, SitesDeclared};

/// What is asked of a partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartnerCommand {
    /// Register it.
    Register(PartnerRegistered),
    /// Say where its offers are.
    DeclareFeed(FeedDeclared),
    /// Ask a feed no more; refused when it has none of that format.
    RemoveFeed(FeedRemoved),
    /// Say on which sites it sells.
    DeclareSites(SitesDeclared),
    /// Propose where it is to be paid.
    ProposeBankDetails(BankDetailsProposed),
    /// Approve what another one proposed.
    ApproveBankDetails {
        /// What is approved, as a safeguard against a proposal made in between.
        iban: Iban,
        /// Who approves.
        by: Actor,
    },
    /// Refuse what was proposed, or take it back: it is paid where it was before.
    RejectBankDetails {
        /// What is rejected, as a safeguard against a proposal made in between.
        iban: Iban,
        /// Why; 1 to 1,000 characters.
        reason: CompactString,
        /// Who rejects.
        by: Actor,
    },
    /// Record the fee that it has agreed to.
    AgreeFee(FeeAgreed),
    /// Stop selling its offers; what it has earned stays due.
    Suspend {
        /// Why; 1 to 1,000 characters.
        reason: CompactString,
    },
    /// Sell them again.
    Resume,
}

/// What has happened to a partner: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartnerEvent {
    /// See [`PartnerRegistered`].
    Registered(PartnerRegistered),
    /// See [`FeedDeclared`].
    FeedDeclared(FeedDeclared),
    /// See [`FeedRemoved`].
    FeedRemoved(FeedRemoved),
    /// See [`BankDetailsProposed`].
    BankDetailsProposed(BankDetailsProposed),
    /// See [`BankDetailsApproved`].
    BankDetailsApproved(BankDetailsApproved),
    /// See [`BankDetailsRejected`].
    BankDetailsRejected(BankDetailsRejected),
    /// See [`FeeAgreed`].
    FeeAgreed(FeeAgreed),
    /// See [`PartnerSuspended`].
    Suspended(PartnerSuspended),
    /// See [`PartnerResumed`].
    Resumed(PartnerResumed),
    /// See [`SitesDeclared`].
    SitesDeclared(SitesDeclared),
}

/// A partner signed the agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerRegistered {
    /// Its establishment.
    pub siret: Siret,
    /// Its trade name; 1 to 140 characters.
    pub name: CompactString,
    /// The signed agreement (convention); 1 to 200 characters.
    pub agreement: CompactString,
}

/// An account to be paid on (IBAN), checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "CompactString", into = "CompactString")]
pub struct Iban(CompactString);

/// Why a text is not an IBAN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an IBAN: expected two letters, two check digits and up to 30 letters or digits")]
pub struct IbanError;

impl Iban {
    /// Without spaces, in capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<CompactString> for Iban {
    type Error = IbanError;

    /// ISO 13616: letters count from 10, the first four characters go last, the whole modulo 97
    /// is 1.
    fn try_from(text: CompactString) -> Result<Self, IbanError> {
        let iban: CompactString = text
            .chars()
            .filter(|it| !it.is_whitespace())
            .map(|it| it.to_ascii_uppercase())
            .collect();
        let bytes = iban.as_bytes();
        let shaped = (15..=34).contains(&bytes.len())
            && bytes.iter().all(u8::is_ascii_alphanumeric)
            && bytes[..2].iter().all(u8::is_ascii_uppercase)
            && bytes[2..4].iter().all(u8::is_ascii_digit);
        if !shaped {
            return Err(IbanError);
        }
        let rest = bytes[4..].iter().chain(&bytes[..4]).fold(0_u32, |rest, byte| match byte {
            b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
            letter => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
        });
        if rest == 1 { Ok(Self(iban)) } else { Err(IbanError) }
    }
}

impl std::str::FromStr for Iban {
    type Err = IbanError;

    fn from_str(text: &str) -> Result<Self, IbanError> {
        Self::try_from(CompactString::from(text))
    }
}

impl From<Iban> for CompactString {
    fn from(it: Iban) -> Self {
        it.0
    }
}

/// Someone proposes where the partner is to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankDetailsProposed {
    /// The account.
    pub iban: Iban,
    /// Who proposes.
    pub by: Actor,
}

/// Someone else approves it: from now on it is paid there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankDetailsApproved {
    /// The account.
    pub iban: Iban,
    /// Who proposed.
    pub proposed_by: Actor,
    /// Who approves.
    pub by: Actor,
}

/// What was proposed is not approved, and waits no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankDetailsRejected {
    /// The account.
    pub iban: Iban,
    /// Who proposed.
    pub proposed_by: Actor,
    /// Why.
    pub reason: CompactString,
    /// Who rejects; may be who proposed.
    pub by: Actor,
}

/// Its offers are not sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerSuspended {
    /// Why.
    pub reason: CompactString,
}

/// Its offers are sold again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerResumed {}

/// Why a command on a partner is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartnerRefusal {
    /// There is no such partner.
    #[error("this partner does not exist")]
    NotRegistered,
    /// It is registered as somebody else.
    #[error("this partner is registered with another identity")]
    ReferenceReused,
    /// A field cannot be taken.
    #[error("{field}: {expected}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// Nothing, or something else, is waiting for approval.
    #[error("these bank details were not proposed, or were replaced since")]
    NotProposed,
    /// There is nothing to remove.
    #[error("this partner has no feed of this format")]
    NoSuchFeed,
    /// Four eyes.
    #[error("bank details are approved by someone other than who proposed them")]
    SameActor,
    /// An agreement binds the operator.
    #[error("a fee is recorded by an authorising officer")]
    NotOfficer,
}

/// One partner, as its stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partner {
    /// Who it is; `None` before it was registered.
    pub registered: Option<PartnerRegistered>,
    /// Where its offers are, and what describes them; at most one of each role, in their order.
    pub feeds: Vec<FeedDeclared>,
    /// Where it sells: origins, such as `https://boutique.example`.
    pub sites: Vec<CompactString>,
    /// What waits for approval.
    pub proposed: Option<BankDetailsProposed>,
    /// Where it is paid.
    pub approved: Option<BankDetailsApproved>,
    /// What was rejected last; `None` once something else is proposed.
    pub rejected: Option<BankDetailsRejected>,
    /// The fees that were agreed, by the day from which each holds.
    pub fees: Vec<FeeAgreed>,
    /// Why its offers are not sold; `None` when they are.
    pub suspended: Option<CompactString>,
}

impl Decider for Partner {
    type Command = PartnerCommand;
    type Event = PartnerEvent;
    type Refusal = PartnerRefusal;

    fn decide(&self, command: &PartnerCommand) -> Result<Vec<PartnerEvent>, PartnerRefusal> {
        if self.has_done(command)? {
            return Ok(vec![]);
        }
        if self.registered.is_none() && !matches!(command, PartnerCommand::Register(_)) {
            return Err(PartnerRefusal::NotRegistered);
        }
        let event = match command {
            PartnerCommand::Register(it) => {
                text("name", &it.name, 140, "expected 1 to 140 characters")?;
                text("agreement", &it.agreement, 200, "expected 1 to 200 characters")?;
                PartnerEvent::Registered(it.clone())
            }
            PartnerCommand::DeclareFeed(it) => {
                it.check()?;
                PartnerEvent::FeedDeclared(it.clone())
            }
            PartnerCommand::RemoveFeed(it) => match self.feed_of(it.format) {
                Some(_) => PartnerEvent::FeedRemoved(it.clone()),
                None => return Err(PartnerRefusal::NoSuchFeed),
            },
            PartnerCommand::DeclareSites(it) => {
                it.check()?;
                PartnerEvent::SitesDeclared(it.clone())
            }
            PartnerCommand::ProposeBankDetails(it) => PartnerEvent::BankDetailsProposed(it.clone()),
            PartnerCommand::ApproveBankDetails { iban, by } => self.approve(iban, *by)?,
            PartnerCommand::RejectBankDetails { iban, reason, by } => {
                self.reject(iban, reason, *by)?
            }
            PartnerCommand::AgreeFee(it) => Self::agree_fee(it)?,
            PartnerCommand::Suspend { reason } => {
                text("reason", reason, 1_000, "expected 1 to 1,000 characters")?;
                PartnerEvent::Suspended(PartnerSuspended { reason: reason.clone() })
            }
            PartnerCommand::Resume => PartnerEvent::Resumed(PartnerResumed {}),
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, event: &PartnerEvent) {
        match event {
            PartnerEvent::Registered(it) => self.registered = Some(it.clone()),
            PartnerEvent::FeedDeclared(it) => {
                self.feeds.retain(|known| known.format.role() != it.format.role());
                self.feeds.push(it.clone());
                self.feeds.sort_by_key(|it| it.format.role());
            }
            PartnerEvent::FeedRemoved(it) => self.feeds.retain(|known| known.format != it.format),
            PartnerEvent::BankDetailsProposed(it) => {
                self.proposed = Some(it.clone());
                self.rejected = None;
            }
            PartnerEvent::BankDetailsApproved(it) => {
                self.approved = Some(it.clone());
                self.proposed = None;
            }
            PartnerEvent::BankDetailsRejected(it) => {
                self.rejected = Some(it.clone());
                self.proposed = None;
            }
            PartnerEvent::FeeAgreed(it) => self.take_in_fee(it),
            PartnerEvent::Suspended(it) => self.suspended = Some(it.reason.clone()),
            PartnerEvent::Resumed(_) => self.suspended = None,
            PartnerEvent::SitesDeclared(it) => self.sites.clone_from(&it.sites),
        }
    }
}

impl Partner {
    /// Whether `command` was carried out before.
    fn has_done(&self, command: &PartnerCommand) -> Result<bool, PartnerRefusal> {
        Ok(match command {
            PartnerCommand::Register(it) => match &self.registered {
                None => false,
                Some(known) if known == it => true,
                Some(_) => return Err(PartnerRefusal::ReferenceReused),
            },
            PartnerCommand::DeclareFeed(it) => self.feeds.contains(it),
            PartnerCommand::RemoveFeed(_) => false,
            PartnerCommand::DeclareSites(it) => self.registered.is_some() && self.sites == it.sites,
            PartnerCommand::ProposeBankDetails(it) => {
                self.proposed.as_ref() == Some(it)
                    || self.proposed.is_none()
                        && self.approved.as_ref().is_some_and(|known| known.iban == it.iban)
            }
            // What was approved before, and is proposed anew, is to be approved anew.
            PartnerCommand::ApproveBankDetails { iban, by } => {
                self.waiting(iban).is_none()
                    && self
                        .approved
                        .as_ref()
                        .is_some_and(|known| known.iban == *iban && known.by == *by)
            }
            PartnerCommand::RejectBankDetails { iban, by, .. } => {
                self.waiting(iban).is_none()
                    && self
                        .rejected
                        .as_ref()
                        .is_some_and(|known| known.iban == *iban && known.by == *by)
            }
            PartnerCommand::AgreeFee(it) => self.fees.contains(it),
            PartnerCommand::Suspend { .. } => self.suspended.is_some(),
            PartnerCommand::Resume => self.registered.is_some() && self.suspended.is_none(),
        })
    }

    /// The feed written so; `None` when it has none.
    pub fn feed_of(&self, format: FeedFormat) -> Option<&FeedDeclared> {
        self.feeds.iter().find(|it| it.format == format)
    }

    /// The proposal of `iban` that waits for approval; `None` when nothing or another one does.
    fn waiting(&self, iban: &Iban) -> Option<&BankDetailsProposed> {
        self.proposed.as_ref().filter(|it| it.iban == *iban)
    }

    fn approve(&self, iban: &Iban, by: Actor) -> Result<PartnerEvent, PartnerRefusal> {
        let proposed = self.waiting(iban).ok_or(PartnerRefusal::NotProposed)?;
        if proposed.by.id == by.id {
            return Err(PartnerRefusal::SameActor);
        }
        let (iban, proposed_by) = (iban.clone(), proposed.by);
        Ok(PartnerEvent::BankDetailsApproved(BankDetailsApproved { iban, proposed_by, by }))
    }

    fn reject(
        &self,
        iban: &Iban,
        reason: &CompactString,
        by: Actor,
    ) -> Result<PartnerEvent, PartnerRefusal> {
        let proposed = self.waiting(iban).ok_or(PartnerRefusal::NotProposed)?;
        text("reason", reason, 1_000, "expected 1 to 1,000 characters")?;
        let (iban, proposed_by, reason) = (iban.clone(), proposed.by, reason.clone());
        Ok(PartnerEvent::BankDetailsRejected(BankDetailsRejected { iban, proposed_by, reason, by }))
    }
}

fn text(
    field: &'static str,
    value: &str,
    max: usize,
    expected: &'static str,
) -> Result<(), PartnerRefusal> {
    if value.trim().is_empty() || value.chars().count() > max || value.contains(char::is_control) {
        return Err(PartnerRefusal::Invalid { field, expected });
    }
    Ok(())
}
