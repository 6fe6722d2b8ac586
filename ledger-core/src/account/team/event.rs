//! What may have happened to a team.

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::{TeamRole, TeamRules};
use crate::ids::{AccountId, PurchaseId};

/// What has happened to a team: part of its account's stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeamEvent {
    /// See [`TeamNamed`].
    Named(TeamNamed),
    /// See [`MemberAdded`].
    MemberAdded(MemberAdded),
    /// See [`MemberRemoved`].
    MemberRemoved(MemberRemoved),
    /// See [`TeamRules`].
    RulesSet(TeamRules),
    /// See [`ApprovalDelegated`].
    Delegated(ApprovalDelegated),
    /// See [`DelegationEnded`].
    DelegationEnded(DelegationEnded),
    /// See [`ApprovalRequested`].
    Requested(ApprovalRequested),
    /// See [`ApprovalReminded`].
    Reminded(ApprovalReminded),
    /// See [`ApprovalGiven`].
    Approved(ApprovalGiven),
    /// See [`ApprovalRefused`].
    Refused(ApprovalRefused),
}

impl TeamEvent {
    /// Which purchase it is about; `None` when it is about none.
    pub const fn purchase(&self) -> Option<PurchaseId> {
        match self {
            Self::Requested(it) => Some(it.purchase),
            Self::Reminded(it) => Some(it.purchase),
            Self::Approved(it) => Some(it.purchase),
            Self::Refused(it) => Some(it.purchase),
            Self::Named(_)
            | Self::MemberAdded(_)
            | Self::MemberRemoved(_)
            | Self::RulesSet(_)
            | Self::Delegated(_)
            | Self::DelegationEnded(_) => None,
        }
    }
}

/// Which member asked for a purchase, beside its authorisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedBy {
    /// By their own account.
    pub member: AccountId,
    /// When, in Europe/Paris: whose month it counts in.
    pub on: NaiveDate,
}

/// The team is called so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamNamed {
    /// 1 to 60 characters; no one's name.
    pub name: CompactString,
}

/// Somebody may buy, or may do something else than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberAdded {
    /// By their own account.
    pub member: AccountId,
    /// What they may do.
    pub role: TeamRole,
}

/// Somebody may buy no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRemoved {
    /// By their own account.
    pub member: AccountId,
}

/// Somebody may approve for the head of school, for some days (délégation).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalDelegated {
    /// By their own account.
    pub to: AccountId,
    /// The first day, in Europe/Paris.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

/// They may approve no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelegationEnded {
    /// By their own account.
    pub to: AccountId,
}

/// A purchase above the threshold waits for the head of school; its money is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRequested {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Until when it waits; its money is freed then.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub until: DateTime<Utc>,
    /// Whether it is paid as soon as it is approved, being delivered at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_once: bool,
}

/// Whoever may approve was reminded that a purchase waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalReminded {
    /// Which purchase.
    pub purchase: PurchaseId,
}

/// A purchase that waited goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalGiven {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Who approved for the head; `None` when the head did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegate: Option<AccountId>,
}

/// A purchase that waited is given up, and its money freed by the event that follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRefused {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Why.
    pub because: RefusedBecause,
    /// In words; often empty.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub words: CompactString,
    /// Who refused for the head; `None` when the head did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegate: Option<AccountId>,
}

/// Why the head of school refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedBecause {
    /// The money is meant for something else.
    Budget,
    /// It is not what the school teaches, or how.
    NotPedagogical,
    /// The school has it, or something like it.
    AlreadyOwned,
    /// Too much, or too many, for what it is.
    WrongPrice,
    /// Another reason, in words.
    Other,
}

impl RefusedBecause {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 5] =
        [Self::Budget, Self::NotPedagogical, Self::AlreadyOwned, Self::WrongPrice, Self::Other];

    /// As it is written in the log and in forms.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::NotPedagogical => "not_pedagogical",
            Self::AlreadyOwned => "already_owned",
            Self::WrongPrice => "wrong_price",
            Self::Other => "other",
        }
    }
}
