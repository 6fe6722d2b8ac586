//! The rules of who is in a team, what they may spend, and who decides for the head of school.

use chrono::NaiveDate;

use super::{
    ApprovalDelegated, AskedBy, Authority, DelegationEnded, MEMBERS_MAX, MemberAdded,
    MemberRemoved, Team, TeamEvent, TeamNamed, TeamRole, TeamRules,
};
use crate::account::rules::Decision;
use crate::account::{Account, AccountEvent, AccountRefusal, Authorise, Holder};
use crate::ids::AccountId;

fn told(event: TeamEvent) -> Vec<AccountEvent> {
    vec![AccountEvent::Team(event)]
}

impl Account {
    /// Whether `by` is the head of the account's school.
    pub(super) fn is_head(&self, by: Authority) -> bool {
        match (by, &self.holder) {
            (Authority::Head { school, .. }, Some((_, at))) => school == at.uai,
            (Authority::Head { .. }, None) | (Authority::Teacher(_), _) => false,
        }
    }

    fn is_manager(&self, by: Authority) -> bool {
        let role = self.team().and_then(|it| it.role_of(by.account()));
        matches!((by, role), (Authority::Teacher(_), Some(TeamRole::Manager)))
    }

    fn manages(&self, by: Authority) -> Result<(), AccountRefusal> {
        if self.is_head(by) || self.is_manager(by) { Ok(()) } else { Err(AccountRefusal::NotYours) }
    }

    /// Whether nobody is in the team yet: who makes it comes first.
    fn is_new_team(&self) -> bool {
        self.team().is_none_or(|it| it.members.is_empty() && it.asked.is_empty())
    }

    pub(super) fn name_team(&self, name: &str, by: Authority) -> Decision {
        if !self.is_new_team() {
            self.manages(by)?;
        }
        let name = name.trim();
        if !(1..=60).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            let (field, expected) = ("name", "expected 1 to 60 characters on one line");
            return Err(AccountRefusal::Invalid { field, expected });
        }
        Ok(told(TeamEvent::Named(TeamNamed { name: name.into() })))
    }

    pub(super) fn add_member(&self, member: AccountId, role: TeamRole, by: Authority) -> Decision {
        let first = self.is_new_team() && by == Authority::Teacher(member);
        if !first {
            self.manages(by)?;
        }
        if role == TeamRole::Member && self.is_last_manager(member) {
            return Err(AccountRefusal::LastManager);
        }
        let members = self.team().map_or(0, |it| it.members.len());
        if members >= MEMBERS_MAX && self.team().is_some_and(|it| it.role_of(member).is_none()) {
            let (field, expected) = ("member", "expected at most 100 members in a team");
            return Err(AccountRefusal::Invalid { field, expected });
        }
        Ok(told(TeamEvent::MemberAdded(MemberAdded { member, role })))
    }

    pub(super) fn remove_member(&self, member: AccountId, by: Authority) -> Decision {
        if by != Authority::Teacher(member) {
            self.manages(by)?;
        }
        if self.is_last_manager(member) && !self.is_head(by) {
            return Err(AccountRefusal::LastManager);
        }
        Ok(told(TeamEvent::MemberRemoved(MemberRemoved { member })))
    }

    fn is_last_manager(&self, member: AccountId) -> bool {
        let managers = self.team().map(|it| it.members.as_slice()).unwrap_or_default();
        let mut managers = managers.iter().filter(|it| it.1 == TeamRole::Manager);
        managers.next().is_some_and(|it| it.0 == member) && managers.next().is_none()
    }

    /// A manager sets limits; what waits for the head is the head's to say.
    pub(super) fn set_rules(&self, rules: TeamRules, by: Authority) -> Decision {
        self.manages(by)?;
        let threshold = self.team().and_then(|it| it.rules.approval_above);
        if rules.approval_above != threshold && !self.is_head(by) {
            return Err(AccountRefusal::NotYours);
        }
        Ok(told(TeamEvent::RulesSet(rules)))
    }

    pub(super) fn delegate(
        &self,
        delegation: ApprovalDelegated,
        by: Authority,
        on: NaiveDate,
    ) -> Decision {
        if !self.is_head(by) {
            return Err(AccountRefusal::NotYours);
        }
        if delegation.until < on || delegation.until < delegation.from {
            let (field, expected) = ("until", "expected a day from today on, not before the first");
            return Err(AccountRefusal::Invalid { field, expected });
        }
        Ok(told(TeamEvent::Delegated(delegation)))
    }

    pub(super) fn end_delegation(&self, to: AccountId, by: Authority) -> Decision {
        if !self.is_head(by) && by != Authority::Teacher(to) {
            return Err(AccountRefusal::NotYours);
        }
        Ok(told(TeamEvent::DelegationEnded(DelegationEnded { to })))
    }

    /// The team that `by` buys for; `None` on a teacher's own account, refused on another's.
    pub(in crate::account) fn buys_for(
        &self,
        by: Option<AccountId>,
    ) -> Result<Option<&Team>, AccountRefusal> {
        let member = |it: &&Team| by.is_some_and(|by| it.role_of(by).is_some());
        match (&self.holder, by) {
            (Some((Holder::Teacher, _)) | None, None) => Ok(None),
            (Some((Holder::Teacher, _)) | None, Some(_)) => Err(AccountRefusal::NotAMember),
            (Some((Holder::Team, _)), _) => {
                self.team().filter(member).map(Some).ok_or(AccountRefusal::NotAMember)
            }
        }
    }

    /// The member who asks for what is bought, if they may; `None` on a teacher's own account.
    pub(in crate::account) fn asked_for(
        &self,
        it: &Authorise,
    ) -> Result<Option<AskedBy>, AccountRefusal> {
        let team = self.buys_for(it.by.map(|it| it.member))?;
        let (Some(team), Some(order)) = (team, it.by) else { return Ok(None) };
        let used = self.used_by_members();
        team.rules.allow(order.member, it.on, (it.amount, order.total), &used)?;
        Ok(Some(AskedBy { member: order.member, on: it.on }))
    }
}
