//! The tables `team`, `team_member`, `approver`, `team_purchase` and `approval`: who shares an
//! account, and what was asked of the head of school.

use ledger_core::account::team::{ApprovalRefused, RefusedBecause, TeamEvent, TeamRole};
use ledger_core::account::{AskedBy, PurchaseAuthorised};
use ledger_core::ids::{AccountId, PurchaseId};
use rusqlite::{Transaction, params};

use super::At;
use crate::columns::{day_number, stored};

/// `approval.decision` of what the head, or who stands for them, approved.
pub(crate) const APPROVED: u8 = 1;
/// … refused.
pub(crate) const REFUSED: u8 = 2;

/// What happens to teams, in the order of the log.
#[derive(Debug, Default)]
pub(super) struct Teams(Vec<(At, Step)>);

#[derive(Debug)]
enum Step {
    Of(TeamEvent),
    Asked(PurchaseId, AccountId),
}

impl Teams {
    pub(super) fn take(&mut self, at: At, event: TeamEvent) {
        self.0.push((at, Step::Of(event)));
    }

    pub(super) fn authorised(&mut self, at: At, it: &PurchaseAuthorised) {
        if let Some(AskedBy { member, .. }) = it.asked_by {
            self.0.push((at, Step::Asked(it.purchase, member)));
        }
    }

    pub(super) fn write(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        for (at, step) in &self.0 {
            match step {
                Step::Of(event) => write(to, *at, event)?,
                Step::Asked(purchase, member) => {
                    let sql = "INSERT OR IGNORE INTO team_purchase VALUES (?1, ?2, ?3)";
                    let (account, member) = (at.id.as_bytes(), member.0.as_bytes());
                    to.prepare_cached(sql)?.execute(params![
                        account,
                        purchase.0.as_bytes(),
                        member
                    ])?;
                }
            }
        }
        Ok(())
    }
}

fn write(to: &Transaction<'_>, at: At, event: &TeamEvent) -> rusqlite::Result<()> {
    let (account, position) = (at.id.as_bytes(), stored(at.position));
    match event {
        TeamEvent::Named(it) => to
            .prepare_cached("INSERT OR REPLACE INTO team VALUES (?1, ?2)")?
            .execute(params![account, it.name.as_str()])?,
        TeamEvent::MemberAdded(it) => to
            .prepare_cached("INSERT OR REPLACE INTO team_member VALUES (?1, ?2, ?3)")?
            .execute(params![account, it.member.0.as_bytes(), it.role == TeamRole::Manager])?,
        TeamEvent::MemberRemoved(it) => to
            .prepare_cached("DELETE FROM team_member WHERE account = ?1 AND member = ?2")?
            .execute(params![account, it.member.0.as_bytes()])?,
        TeamEvent::Delegated(it) => to
            .prepare_cached("INSERT OR REPLACE INTO approver VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                account,
                it.to.0.as_bytes(),
                day_number(it.from),
                day_number(it.until)
            ])?,
        TeamEvent::DelegationEnded(it) => to
            .prepare_cached("DELETE FROM approver WHERE account = ?1 AND teacher = ?2")?
            .execute(params![account, it.to.0.as_bytes()])?,
        TeamEvent::Requested(it) => to
            .prepare_cached(
                "INSERT OR IGNORE INTO approval (account, purchase, until, reminded, decision, asked)
                 VALUES (?1, ?2, ?3, 0, 0, ?4)",
            )?
            .execute(params![
                account,
                it.purchase.0.as_bytes(),
                it.until.timestamp(),
                position
            ])?,
        TeamEvent::Reminded(it) => to
            .prepare_cached(
                "UPDATE approval SET reminded = 1 WHERE account = ?1 AND purchase = ?2",
            )?
            .execute(params![account, it.purchase.0.as_bytes()])?,
        TeamEvent::Approved(it) => {
            decided(to, at, it.purchase, APPROVED, None, it.delegate)?;
            0
        }
        TeamEvent::Refused(it) => {
            decided(to, at, it.purchase, REFUSED, Some(it), it.delegate)?;
            0
        }
        TeamEvent::RulesSet(_) => 0,
    };
    Ok(())
}

fn decided(
    to: &Transaction<'_>,
    at: At,
    purchase: PurchaseId,
    decision: u8,
    refused: Option<&ApprovalRefused>,
    delegate: Option<AccountId>,
) -> rusqlite::Result<()> {
    to.prepare_cached(
        "UPDATE approval SET decision = ?3, because = ?4, words = ?5, delegate = ?6, decided = ?7
         WHERE account = ?1 AND purchase = ?2",
    )?
    .execute(params![
        at.id.as_bytes(),
        purchase.0.as_bytes(),
        decision,
        refused.map(|it| RefusedBecause::name(it.because)),
        refused.map(|it| it.words.as_str()),
        delegate.map(|it| it.0.into_bytes()),
        stored(at.position),
    ])?;
    Ok(())
}
