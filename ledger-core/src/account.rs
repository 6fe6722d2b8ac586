//! A holder's account: credits in lots, and the purchases they pay.
//!
//! ```text
//! authorise ──▶ Authorised ──capture──▶ Captured ──refund*──▶ refunded, partly or fully
//!     │             │ ├─cancel──▶ Cancelled      (several captures up to the ceiling when billed
//!     │             │ └─expire──▶ Expired         by use; the last one frees the rest)
//!     └─ refused, with what is missing
//! ```
//!
//! Commands are listed here, events in [`event`], refusals in [`refusal`]; the state is in
//! [`state`], the rules are in `rules`, and who pays for what is in [`split`].

mod contest;
pub mod event;
mod licence;
pub mod refusal;
mod renewal;
mod rules;
pub mod specimen;
pub mod split;
pub mod state;
pub mod team;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

pub use event::*;
pub use licence::AcquireLicence;
pub use refusal::AccountRefusal;
pub use renewal::{ProposeRenewal, RENEWAL_DAYS};
pub use specimen::{SPECIMEN_DAYS, specimen_until};
pub use split::Earmark;
pub use state::{Account, Lot, Purchase, PurchaseStatus};
pub use team::{
    Authority, Request, RequestStatus, Team, TeamCommand, TeamOrder, TeamRole, TeamRules,
};

use crate::digest::Digest;
use crate::identifiers::{Funder, Siren, Uai};
use crate::ids::{
    AgreementId, CaptureId, EnvelopeId, LotId, OfferId, PartnerId, PurchaseId, RefundId,
};
use crate::meta::Actor;
use crate::money::Amount;
use crate::offer::{Billing, Kind, Licence, Price};
use crate::repeated::Repeated;

/// Who holds an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// One teacher.
    Teacher,
    /// A teaching team of one school.
    Team,
}

/// The three levels of school that funders distinguish: communes fund the first, départements
/// the second, régions the third.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SchoolLevel {
    /// École maternelle and élémentaire.
    Primary,
    /// Collège.
    LowerSecondary,
    /// Lycée.
    UpperSecondary,
}

/// Where a holder works: what a funder may choose its recipients by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct School {
    /// Which school.
    pub uai: Uai,
    /// Of which level.
    pub level: SchoolLevel,
    /// The number of its académie, as the ministry numbers them (1 to 99).
    pub academy: u8,
}

/// Whom an envelope may credit; an empty list excludes nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipients {
    /// Only holders in schools of these levels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<SchoolLevel>,
    /// Only holders in these académies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub academies: Vec<u8>,
    /// Only holders in these schools.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schools: Vec<Uai>,
}

impl Recipients {
    /// Whether holders in `school` may be credited.
    pub fn admit(&self, school: &School) -> bool {
        (self.levels.is_empty() || self.levels.contains(&school.level))
            && (self.academies.is_empty() || self.academies.contains(&school.academy))
            && (self.schools.is_empty() || self.schools.contains(&school.uai))
    }
}

/// An offer's terms as sold, kept in the purchase so that an auditor needs nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Which offer.
    pub offer: OfferId,
    /// Whose.
    pub partner: PartnerId,
    /// The partner's SIREN: the auxiliary account of what it is owed.
    pub siren: Siren,
    /// The partner's own reference for the offer.
    pub reference: CompactString,
    /// Its title.
    pub title: String,
    /// What kind of resource.
    pub kind: Kind,
    /// Its subjects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<CompactString>,
    /// Tax included, with the declared VAT.
    pub price: Price,
    /// How it is paid for.
    pub billing: Billing,
    /// Who may use it.
    pub licence: Licence,
    /// Fingerprint of the whole listing the buyer saw.
    pub digest: Digest,
}

/// What one lot pays of a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Which lot.
    pub lot: LotId,
    /// The envelope it came from.
    pub envelope: EnvelopeId,
    /// Whose money.
    pub funder: Funder,
    /// How much of it.
    pub amount: Amount,
}

/// Who pays what, in the order in which lots are used; adds up to the sum split.
pub type Shares = SmallVec<[Share; 1]>;

/// What is asked of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountCommand {
    /// Open it.
    Open(AccountOpened),
    /// Credit it, once per lot id.
    Grant(Grant),
    /// Hold money for a purchase.
    Authorise(Authorise),
    /// Hold and pay at once: for what is delivered at once.
    Pay(Authorise),
    /// Pay what was delivered.
    Capture(Capture),
    /// Give up a purchase that was not delivered.
    Cancel(Cancel),
    /// Several of these, all or none, in this order.
    Together(Vec<Self>),
    /// Free what is still held, nothing more being delivered; what was delivered stays so.
    Release {
        /// Which purchase.
        purchase: PurchaseId,
    },
    /// Free a hold whose term has passed.
    ExpireHold {
        /// Which purchase.
        purchase: PurchaseId,
        /// Now.
        at: DateTime<Utc>,
    },
    /// Give money back after a capture.
    Refund(Refund),
    /// Return what has expired to its funders.
    ExpireCredits {
        /// Today in Europe/Paris.
        on: NaiveDate,
    },
    /// Refuse new purchases; what is engaged goes on.
    Suspend {
        /// Why.
        reason: CompactString,
    },
    /// Accept purchases again.
    Resume,
    /// Say that a purchase was not delivered as sold.
    Contest(Contest),
    /// Try a resource for nothing, once.
    TakeSpecimen(TakeSpecimen),
    /// Take what an agreement has freed, for nothing.
    AcquireLicence(AcquireLicence),
    /// Propose to continue a term that ends soon.
    ProposeRenewal(ProposeRenewal),
    /// Decline what was proposed.
    DeclineRenewal {
        /// The purchase whose term ends.
        purchase: PurchaseId,
    },
    /// End a contest.
    EndContest {
        /// Which purchase.
        purchase: PurchaseId,
        /// How.
        outcome: ContestOutcome,
        /// What was found; 1 to 500 characters when it is dismissed.
        reason: CompactString,
        /// Who ends it.
        by: Actor,
    },
    /// Do something with the team that shares it.
    Team(TeamCommand),
    /// Close it for ever, and return what is left to its funders.
    Close,
}

/// See [`AccountCommand::Grant`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What is credited.
    pub credits: CreditsGranted,
    /// Whom the envelope may credit.
    pub recipients: Arc<Recipients>,
    /// Today in Europe/Paris.
    pub on: NaiveDate,
}

/// See [`AccountCommand::Authorise`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorise {
    /// The buyer's reference; makes it idempotent.
    pub purchase: PurchaseId,
    /// What is bought.
    pub terms: Repeated<Terms>,
    /// Its price, or the ceiling when it is billed by use.
    pub amount: Amount,
    /// Until when money is held.
    pub hold_until: DateTime<Utc>,
    /// Today in Europe/Paris.
    pub on: NaiveDate,
    /// Envelopes that pay for nothing new today.
    pub frozen: Arc<[EnvelopeId]>,
    /// Which member asks, on a team's account; `None` on a teacher's own.
    pub by: Option<TeamOrder>,
}

/// See [`AccountCommand::Capture`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// The partner's reference; makes it idempotent.
    pub capture: CaptureId,
    /// How much; `None` is all that is still held.
    pub amount: Option<Amount>,
    /// Whether nothing more will be captured: the rest is freed.
    pub last: bool,
}

/// See [`AccountCommand::Contest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contest {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Why; 1 to 500 characters.
    pub reason: CompactString,
    /// The last day on which it may be contested, in Europe/Paris.
    pub until: NaiveDate,
    /// Today in Europe/Paris.
    pub on: NaiveDate,
}

/// See [`AccountCommand::TakeSpecimen`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeSpecimen {
    /// What is tried, and until when.
    pub specimen: SpecimenTaken,
    /// Today in Europe/Paris.
    pub on: NaiveDate,
}

/// See [`AccountCommand::Cancel`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancel {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Why.
    pub reason: CompactString,
}

/// See [`AccountCommand::Refund`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// The partner's reference; makes it idempotent.
    pub refund: RefundId,
    /// How much; `None` is all that was captured and not refunded.
    pub amount: Option<Amount>,
    /// Today in Europe/Paris.
    pub on: NaiveDate,
    /// Envelopes that are closed: what came from them goes back to their funder.
    pub closed: Arc<[EnvelopeId]>,
    /// The agreement that credits a recent buyer; `None` when the partner gives back by itself.
    pub agreement: Option<AgreementId>,
}
