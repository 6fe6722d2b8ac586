//! An account that several share: a teaching team, or a school. Who they are, what they may spend,
//! and what waits for the head of school.
//!
//! ```text
//! authorise, pay ─┬─ within the threshold ──▶ as on any account
//!                 └─ above it ──▶ held, Requested ─┬─approve─▶ Approved (and captured, if at once)
//!                                    │ reminded    ├─refuse──▶ Refused, Cancelled
//!                                    │             └─expire──▶ HoldExpired
//! ```
//! All of it stands in the account's own stream: a limit cannot be passed by two members at once.
//! ADR 21.

mod approval;
mod event;
mod limits;
mod members;

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

pub use approval::{APPROVAL_DAYS, REMINDED_DAYS};
pub use event::*;
pub use limits::{OverLimit, TeamLimit, TeamRules, Used};

use super::rules::Decision;
use super::{Account, AccountRefusal, Holder};
use crate::identifiers::Uai;
use crate::ids::{AccountId, PurchaseId};
use crate::money::Amount;

/// The most members that a team may have.
pub const MEMBERS_MAX: usize = 100;

/// What a member may do with a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamRole {
    /// Buys.
    Member,
    /// Buys, and says who the members are and what they may spend.
    Manager,
}

/// In which quality somebody acts on a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// The head of a school (chef d'établissement).
    Head {
        /// Which school.
        school: Uai,
        /// Their own account: nobody decides on what they asked for themselves.
        account: AccountId,
    },
    /// A teacher, by their own account: a member, or whom the head delegated approval to.
    Teacher(AccountId),
}

impl Authority {
    /// Whose act it is, as an account.
    pub const fn account(self) -> AccountId {
        match self {
            Self::Head { account, .. } | Self::Teacher(account) => account,
        }
    }
}

/// A purchase that a member asks a team's account for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TeamOrder {
    /// The member's own account.
    pub member: AccountId,
    /// What is bought together, this purchase included: what the limit of one purchase and the
    /// threshold of approval are compared with.
    pub total: Amount,
}

/// What is asked of a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeamCommand {
    /// Call it so.
    Name {
        /// 1 to 60 characters; no one's name.
        name: CompactString,
        /// Who asks: a manager, the head, or who makes the team.
        by: Authority,
    },
    /// Let somebody buy, or change what they may do.
    Add {
        /// By their own account.
        member: AccountId,
        /// What they may do.
        role: TeamRole,
        /// Who asks: a manager or the head; the first member of a team adds themselves.
        by: Authority,
    },
    /// Let somebody buy no more.
    Remove {
        /// By their own account.
        member: AccountId,
        /// Who asks: a manager, the head, or the member.
        by: Authority,
    },
    /// Say what members may spend.
    SetRules {
        /// All of them: those that stood before are replaced.
        rules: TeamRules,
        /// Who asks: the head; a manager, if the threshold of approval stays as it is.
        by: Authority,
    },
    /// Let somebody approve for the head, for some days.
    Delegate {
        /// Whom, and when.
        delegation: ApprovalDelegated,
        /// The head.
        by: Authority,
        /// Today in Europe/Paris.
        on: NaiveDate,
    },
    /// Let them approve no more.
    EndDelegation {
        /// Whom.
        to: AccountId,
        /// The head, or themselves.
        by: Authority,
    },
    /// Let a purchase that waits go on.
    Approve {
        /// Which one.
        purchase: PurchaseId,
        /// The head, or whom they delegated to.
        by: Authority,
        /// Today in Europe/Paris.
        on: NaiveDate,
    },
    /// Give a purchase that waits up.
    Refuse {
        /// Which one.
        purchase: PurchaseId,
        /// Why.
        because: RefusedBecause,
        /// In words, up to 300 characters; needed for [`RefusedBecause::Other`].
        words: CompactString,
        /// The head, or whom they delegated to.
        by: Authority,
        /// Today in Europe/Paris.
        on: NaiveDate,
    },
    /// Note that whoever may approve was reminded.
    Remind {
        /// Of which purchase.
        purchase: PurchaseId,
        /// Now.
        at: DateTime<Utc>,
    },
}

/// A team as its account's stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Team {
    /// How it is called; empty before it was named.
    pub name: CompactString,
    /// Who buys, by their own accounts, in the order in which they came.
    pub members: Vec<(AccountId, TeamRole)>,
    /// What they may spend.
    pub rules: TeamRules,
    /// Who approves for the head, and when; those that are over included.
    pub delegations: Vec<ApprovalDelegated>,
    /// Who asked for which purchase, and when; in the order of their authorisation.
    pub(super) asked: Vec<(PurchaseId, AskedBy)>,
    /// What waits, or waited, for the head; in the order in which it was asked.
    pub requests: Vec<Request>,
}

/// A purchase that waits, or waited, for the head of school.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Until when its money is held for a decision.
    pub until: DateTime<Utc>,
    /// Whether it is paid as soon as it is approved.
    pub at_once: bool,
    /// Whether whoever may approve was reminded.
    pub reminded: bool,
    /// Where it stands.
    pub status: RequestStatus,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestStatus {
    /// It waits.
    Open,
    /// The purchase goes on.
    Approved,
    /// The purchase is given up by the head.
    Refused,
    /// Nobody decided: its term passed, or the purchase was given up by its buyer.
    Over,
}

impl Team {
    /// What `account` may do; `None` when it is no member.
    pub fn role_of(&self, account: AccountId) -> Option<TeamRole> {
        self.members.iter().find(|it| it.0 == account).map(|it| it.1)
    }

    /// Whether the head delegated approval to `account` for the day `on`.
    pub fn may_approve_for_the_head(&self, account: AccountId, on: NaiveDate) -> bool {
        self.delegations.iter().any(|it| it.to == account && (it.from..=it.until).contains(&on))
    }

    /// Who asked for `purchase`; `None` when no member did.
    pub fn asked_by(&self, purchase: PurchaseId) -> Option<AskedBy> {
        self.asked.iter().rev().find(|it| it.0 == purchase).map(|it| it.1)
    }

    /// What was asked of the head for `purchase`; `None` when nothing was.
    pub fn request(&self, purchase: PurchaseId) -> Option<&Request> {
        self.requests.iter().rev().find(|it| it.purchase == purchase)
    }

    /// What waits for the head.
    pub fn open_requests(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter().filter(|it| it.status == RequestStatus::Open)
    }
}

impl Account {
    /// Its team; `None` when it is a teacher's, or when nobody was added yet.
    pub fn team(&self) -> Option<&Team> {
        self.team.as_deref()
    }

    /// The request of `purchase` that waits for the head; `None` when none does.
    pub fn waits_for_approval(&self, purchase: PurchaseId) -> Option<&Request> {
        let request = self.team()?.request(purchase)?;
        (request.status == RequestStatus::Open).then_some(request)
    }

    /// What the members may still spend on the day `on`; `None` for what has no limit.
    pub fn used_by_members(&self) -> Vec<Used> {
        let asked = self.team().map(|it| it.asked.as_slice()).unwrap_or_default();
        let used = asked.iter().filter_map(|(purchase, by)| {
            let purchase = self.purchase(*purchase)?;
            let amount = purchase.held().and(purchase.captured()).beyond(purchase.refunded());
            Some(Used { by: by.member, on: by.on, amount })
        });
        used.collect()
    }

    /// Refused unless the account is a team's.
    fn as_team(&self) -> Result<Option<&Team>, AccountRefusal> {
        match self.holder {
            None => Err(AccountRefusal::NotOpen),
            Some((Holder::Teacher, _)) => Err(AccountRefusal::NotATeam),
            Some((Holder::Team, _)) => Ok(self.team()),
        }
    }

    pub(super) fn team_has_done(&self, command: &TeamCommand) -> Result<bool, AccountRefusal> {
        let team = self.as_team()?;
        match command {
            TeamCommand::Name { name, .. } => Ok(team.is_some_and(|it| it.name == name.trim())),
            TeamCommand::Add { member, role, .. } => {
                Ok(team.and_then(|it| it.role_of(*member)) == Some(*role))
            }
            TeamCommand::Remove { member, .. } => {
                Ok(team.is_none_or(|it| it.role_of(*member).is_none()))
            }
            TeamCommand::SetRules { rules, .. } => {
                Ok(team.map_or(TeamRules::default(), |it| it.rules) == *rules)
            }
            TeamCommand::Delegate { delegation, .. } => {
                Ok(team.is_some_and(|it| it.delegations.contains(delegation)))
            }
            TeamCommand::EndDelegation { to, .. } => {
                Ok(team.is_none_or(|it| it.delegations.iter().all(|it| it.to != *to)))
            }
            TeamCommand::Approve { purchase, .. } => {
                self.request_is(*purchase, RequestStatus::Approved)
            }
            TeamCommand::Refuse { purchase, .. } => {
                self.request_is(*purchase, RequestStatus::Refused)
            }
            TeamCommand::Remind { purchase, .. } => {
                let request = team.and_then(|it| it.request(*purchase));
                Ok(request.is_some_and(|it| it.reminded))
            }
        }
    }

    pub(super) fn team_decides(&self, command: &TeamCommand) -> Decision {
        match command {
            TeamCommand::Name { name, by } => self.name_team(name, *by),
            TeamCommand::Add { member, role, by } => self.add_member(*member, *role, *by),
            TeamCommand::Remove { member, by } => self.remove_member(*member, *by),
            TeamCommand::SetRules { rules, by } => self.set_rules(*rules, *by),
            TeamCommand::Delegate { delegation, by, on } => self.delegate(*delegation, *by, *on),
            TeamCommand::EndDelegation { to, by } => self.end_delegation(*to, *by),
            TeamCommand::Approve { purchase, by, on } => self.approve(*purchase, *by, *on),
            TeamCommand::Refuse { purchase, because, words, by, on } => {
                self.refuse(*purchase, (*because, words), *by, *on)
            }
            TeamCommand::Remind { purchase, at } => self.remind(*purchase, *at),
        }
    }

    pub(super) fn team_takes_in(&mut self, event: &TeamEvent) {
        let team = self.team.get_or_insert_default();
        match event {
            TeamEvent::Named(it) => team.name.clone_from(&it.name),
            TeamEvent::MemberAdded(it) => {
                match team.members.iter_mut().find(|known| known.0 == it.member) {
                    Some(known) => known.1 = it.role,
                    None => team.members.push((it.member, it.role)),
                }
            }
            TeamEvent::MemberRemoved(it) => team.members.retain(|known| known.0 != it.member),
            TeamEvent::RulesSet(rules) => team.rules = *rules,
            TeamEvent::Delegated(it) => {
                team.delegations.retain(|known| known.to != it.to);
                team.delegations.push(*it);
            }
            TeamEvent::DelegationEnded(it) => team.delegations.retain(|known| known.to != it.to),
            TeamEvent::Requested(it) => team.requests.push(Request {
                purchase: it.purchase,
                until: it.until,
                at_once: it.at_once,
                reminded: false,
                status: RequestStatus::Open,
            }),
            TeamEvent::Reminded(it) => {
                if let Some(request) = team.request_mut(it.purchase) {
                    request.reminded = true;
                }
            }
            TeamEvent::Approved(it) => team.now(it.purchase, RequestStatus::Approved),
            TeamEvent::Refused(it) => team.now(it.purchase, RequestStatus::Refused),
        }
    }
}

impl Team {
    fn request_mut(&mut self, purchase: PurchaseId) -> Option<&mut Request> {
        self.requests.iter_mut().rev().find(|it| it.purchase == purchase)
    }

    /// A request is decided, or over, once.
    pub(super) fn now(&mut self, purchase: PurchaseId, status: RequestStatus) {
        if let Some(request) = self.request_mut(purchase)
            && request.status == RequestStatus::Open
        {
            request.status = status;
        }
    }
}
