//! The table `account`: who holds which account, where, and whether it takes part in anything.

use ledger_core::account::{AccountEvent, Holder, SchoolLevel};
use rusqlite::{Transaction, params};

use super::At;
use crate::columns::stored;

/// Accounts opened, suspended, resumed, closed.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    events: Vec<(At, AccountEvent)>,
}

impl Accounts {
    pub(super) fn take(&mut self, at: At, event: AccountEvent) {
        self.events.push((at, event));
    }

    pub(super) fn sort(&mut self) {
        // Stable: the events of one account stay in their order.
        self.events.sort_by_key(|(at, _)| at.id);
    }

    pub(super) fn write(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        if self.events.is_empty() {
            return Ok(());
        }
        let mut open = to.prepare_cached(
            "INSERT OR IGNORE INTO account (id, holder, uai, level, academy, standing, opened)
             VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)",
        )?;
        let mut stand =
            to.prepare_cached("UPDATE account SET standing = ?2, reason = ?3 WHERE id = ?1")?;
        for (At { position, id, .. }, event) in &self.events {
            let id = id.as_bytes();
            match event {
                AccountEvent::Opened(it) => {
                    let school = it.school;
                    let (holder, level) = (holder_code(it.holder), level_code(school.level));
                    let (uai, academy) = (school.uai.as_str(), school.academy);
                    open.execute(params![id, holder, uai, level, academy, stored(*position)])?
                }
                AccountEvent::Suspended(it) => {
                    stand.execute(params![id, SUSPENDED, it.reason.as_str()])?
                }
                AccountEvent::Resumed(_) => stand.execute(params![id, ACTIVE, None::<&str>])?,
                AccountEvent::Closed(_) => stand.execute(params![id, CLOSED, None::<&str>])?,
                AccountEvent::Granted(_)
                | AccountEvent::Authorised(_)
                | AccountEvent::Captured(_)
                | AccountEvent::Cancelled(_)
                | AccountEvent::HoldExpired(_)
                | AccountEvent::Refunded(_)
                | AccountEvent::Returned(_)
                | AccountEvent::Contested(_)
                | AccountEvent::ContestEnded(_)
                | AccountEvent::SpecimenTaken(_)
                | AccountEvent::LicenceAcquired(_)
                | AccountEvent::RenewalProposed(_)
                | AccountEvent::RenewalDeclined(_)
                | AccountEvent::Team(_) => 0,
            };
        }
        Ok(())
    }
}

/// `account.standing` of an account that takes part.
pub(crate) const ACTIVE: u8 = 0;
/// … that may buy nothing for now.
pub(crate) const SUSPENDED: u8 = 1;
/// … that is over.
pub(crate) const CLOSED: u8 = 2;

/// `account.holder`.
pub(crate) const fn holder_code(holder: Holder) -> u8 {
    match holder {
        Holder::Teacher => 0,
        Holder::Team => 1,
    }
}

/// `account.level`.
pub(crate) const fn level_code(level: SchoolLevel) -> u8 {
    match level {
        SchoolLevel::Primary => 0,
        SchoolLevel::LowerSecondary => 1,
        SchoolLevel::UpperSecondary => 2,
    }
}
