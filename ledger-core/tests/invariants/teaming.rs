//! What may be asked of the team that shares one of the accounts: few members, low limits, and a
//! head of school who decides now and then.

use chrono::Days;
use ledger_core::account::team::{ApprovalDelegated, RefusedBecause};
use ledger_core::account::{AccountCommand, Authority, TeamCommand, TeamRole, TeamRules};
use ledger_core::checkout::Payer;
use ledger_core::ids::AccountId;
use ledger_core::money::Balance;

use crate::command::ACCOUNTS;
use crate::world::{Sent, World};

/// The account that a team shares.
pub const TEAM: u8 = ACCOUNTS - 1;

impl World {
    /// Whose account pays for that purchase: the team's is asked by one of its members, or by a
    /// stranger.
    pub fn payer(&self, account: u8, purchase: u8) -> Payer {
        let by = (account == TEAM).then(|| self.teacher(purchase / ACCOUNTS));
        Payer { account: self.account(account), by }
    }

    fn teacher(&self, n: u8) -> AccountId {
        self.account(n % TEAM)
    }

    fn head(&self) -> Authority {
        let school = "0750655E".parse().expect("a UAI");
        Authority::Head { school, account: self.account(200) }
    }

    /// One of the things that a team, its head, or the ledger itself does.
    pub fn team(&self, act: u8, teacher: u8, purchase: u8) -> Sent {
        let (teacher, head) = (self.teacher(teacher), self.head());
        let (purchase, on) = (self.purchase(purchase), self.today());
        let role = if act.is_multiple_of(2) { TeamRole::Manager } else { TeamRole::Member };
        let limit = |cents: u64| act.is_multiple_of(2).then(|| Balance::from_cents(cents));
        let command = match act % 16 {
            0 => TeamCommand::Name { name: "SVT".into(), by: head },
            1 => TeamCommand::Remove { member: teacher, by: Authority::Teacher(teacher) },
            2 | 3 => TeamCommand::Delegate {
                delegation: ApprovalDelegated { to: teacher, from: on, until: on + Days::new(9) },
                by: head,
                on,
            },
            4 => TeamCommand::EndDelegation { to: teacher, by: head },
            5 | 6 => {
                let rules = TeamRules {
                    per_purchase: limit(20_00),
                    per_month: limit(60_00),
                    per_member_month: limit(40_00),
                    approval_above: Some(Balance::from_cents(3_00)),
                };
                TeamCommand::SetRules { rules, by: head }
            }
            7..=9 => TeamCommand::Approve { purchase, by: Authority::Teacher(teacher), on },
            10 => TeamCommand::Approve { purchase, by: head, on },
            11 | 12 => {
                let because = RefusedBecause::Budget;
                TeamCommand::Refuse { purchase, because, words: "".into(), by: head, on }
            }
            13 => TeamCommand::Remind { purchase, at: self.now },
            _ => TeamCommand::Add { member: teacher, role, by: head },
        };
        Sent::Account(self.account(TEAM), AccountCommand::Team(command))
    }
}
