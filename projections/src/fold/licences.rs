//! The tables `licence` and `specimen`: who may use what, up to which day.

use chrono::{DateTime, Days};
use ledger_core::account::{LicenceAcquired, PurchaseAuthorised, SpecimenTaken};
use ledger_core::ids::{OfferId, PurchaseId};
use ledger_core::meta::accounting_day;
use ledger_core::offer::{Licence, Scope};
use rusqlite::{Transaction, params};
use uuid::Uuid;

use super::At;
use super::agreements::renewed_until;
use crate::columns::day_number;

/// Licences that are bought, and specimens that are taken.
#[derive(Debug, Default)]
pub(super) struct Licences {
    bought: Vec<Bought>,
    tried: Vec<(At, SpecimenTaken)>,
}

#[derive(Debug)]
struct Bought {
    account: Uuid,
    offer: OfferId,
    purchase: PurchaseId,
    scope: u8,
    until: Option<i32>,
}

impl Licences {
    pub(super) fn authorised(&mut self, at: At, it: &PurchaseAuthorised) {
        let (offer, purchase) = (it.terms.offer, it.purchase);
        let Licence { scope, .. } = it.terms.licence;
        let until = match renewed_until(at, it) {
            Some(until) => Some(day_number(until)),
            None => it.terms.licence.days.and_then(|days| last_day(at, days)),
        };
        self.bought.push(Bought { account: at.id, offer, purchase, scope: code(scope), until });
    }

    pub(super) fn acquired(&mut self, at: At, it: &LicenceAcquired) {
        let (offer, purchase) = (it.terms.offer, it.purchase);
        let Licence { scope, days } = it.terms.licence;
        let until = days.and_then(|days| last_day(at, days));
        self.bought.push(Bought { account: at.id, offer, purchase, scope: code(scope), until });
    }

    pub(super) fn tried(&mut self, at: At, it: SpecimenTaken) {
        self.tried.push((at, it));
    }

    /// After the accounts, which say of which school they are; an account of none has no licence.
    pub(super) fn write(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        if !self.bought.is_empty() {
            let mut insert = to.prepare_cached(
                "INSERT OR IGNORE INTO licence (uai, offer, account, purchase, scope, until)
                 SELECT uai, ?2, ?1, ?3, ?4, ?5 FROM account WHERE id = ?1",
            )?;
            for Bought { account, offer, purchase, scope, until } in &self.bought {
                let (offer, purchase) = (offer.0.as_bytes(), purchase.0.as_bytes());
                insert.execute(params![account.as_bytes(), offer, purchase, scope, until])?;
            }
        }
        for (at, it) in &self.tried {
            to.prepare_cached(
                "INSERT OR IGNORE INTO specimen (account, offer, title, url, until, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                at.id.as_bytes(),
                it.offer.0.as_bytes(),
                it.title,
                it.url,
                day_number(it.until),
                at.milliseconds,
            ])?;
        }
        Ok(())
    }
}

/// The last day of a licence of so many days that was bought then; `None` when it is beyond time.
fn last_day(bought: At, days: u16) -> Option<i32> {
    let on = accounting_day(DateTime::from_timestamp_millis(bought.milliseconds)?);
    on.checked_add_days(Days::new(days.into())).map(day_number)
}

/// `licence.scope` of a licence for the teacher alone.
pub(crate) const TEACHER: u8 = 0;
/// … for the teacher and a class.
pub(crate) const CLASS: u8 = 1;
/// … for the whole school.
pub(crate) const SCHOOL: u8 = 2;

const fn code(scope: Scope) -> u8 {
    match scope {
        Scope::Teacher => TEACHER,
        Scope::Class => CLASS,
        Scope::School => SCHOOL,
    }
}
