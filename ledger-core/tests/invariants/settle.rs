//! Partners are settled, whatever happens meanwhile: one round of all that people and the bank do.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger_core::bank::{
    BankAccount, BankAccountOpened, BankCommand, BankLine, Direction, StatementImported,
};
use ledger_core::calendar::{Calendar, Rhythm};
use ledger_core::control::{Control, ControlCommand, ControlPlanAdopted};
use ledger_core::digest::Digest;
use ledger_core::ids::{BankAccountId, CalendarId, ControlId, RemittanceId, SettlementId};
use ledger_core::meta::{Actor, Meta, Role};
use ledger_core::money::{Balance, Budget};
use ledger_core::partner::{BankDetailsProposed, FeeAgreed, Iban, Partner, PartnerCommand};
use ledger_core::process::remittances::{Answer, DrawUp, answer, draw_up};
use ledger_core::process::settlements::{Certification, certify, cut_off, prepare};
use ledger_core::process::statements::{Funds, work_through};
use ledger_core::remittance::Remittance;
use ledger_core::settlement::{
    Check, CheckResult, ControlPlan, LineChecked, Settlement, SettlementCommand, Stage,
    StatementReceived,
};
use uuid::Uuid;

use crate::command::PARTNERS;
use crate::world::{Reply, World};

const IBAN: &str = "FR7630006000011234567890189";
const OFFICER: Actor = Actor { role: Role::AuthorisingOfficer, id: Uuid::from_u128(91) };
const ACCOUNTANT: Actor = Actor { role: Role::Accountant, id: Uuid::from_u128(92) };
const OTHER: Actor = Actor { role: Role::Operator, id: Uuid::from_u128(93) };

fn iban() -> Iban {
    IBAN.parse().expect("an IBAN")
}

impl World {
    fn meta_of(&self, by: Actor) -> Meta {
        Meta { at: self.now, by, cause: self.cause }
    }

    pub fn bank() -> BankAccountId {
        BankAccountId::of(IBAN)
    }

    /// Where partners are paid, from where, and how they are looked at.
    pub async fn open_accounts(&self) -> Reply<()> {
        let opened =
            BankAccountOpened { iban: iban(), holder: "Opérateur".into(), by: ACCOUNTANT };
        let meta = self.meta_of(ACCOUNTANT);
        let open = BankCommand::Open(opened);
        self.ledger.execute::<BankAccount>(Self::bank(), &open, meta).await?;
        let plan = ControlPlan {
            number: 1,
            from: Balance::from_cents(15_00),
            partners: vec![],
            kinds: vec![],
            rate: 300,
            legal_reference: "Plan".into(),
        };
        let adopt = ControlCommand::Adopt(ControlPlanAdopted { plan, by: ACCOUNTANT });
        self.ledger.execute::<Control>(ControlId::THE, &adopt, meta).await?;
        for n in 0..PARTNERS {
            let proposed = BankDetailsProposed { iban: iban(), by: OFFICER };
            for command in [
                PartnerCommand::ProposeBankDetails(proposed),
                PartnerCommand::ApproveBankDetails { iban: iban(), by: OTHER },
            ] {
                let done = self.ledger.execute::<Partner>(self.partner(n), &command, meta).await;
                done?;
            }
        }
        // One partner owes 12.5 %, another one nothing.
        let agreed = FeeAgreed {
            rate: 125,
            vat: 2000,
            from: NaiveDate::MIN,
            agreement: "CONV".into(),
            by: OFFICER,
        };
        let agree = PartnerCommand::AgreeFee(agreed);
        self.ledger.execute::<Partner>(self.partner(0), &agree, meta).await?;
        Ok(())
    }

    /// One round; `roll` says what the partner, the accountant and the bank do.
    pub async fn settle(&self, roll: u8) -> Reply<()> {
        let on = self.today();
        let meta = self.meta_of(Actor::PROCESS);
        // Certified first: what is left over from before is needed to go on.
        self.presume(on, roll).await?;
        cut_off(&self.ledger, Rhythm::TwiceMonthly, on, meta).await?;
        prepare(&self.ledger, meta).await?;
        self.presume(on, roll).await?;
        prepare(&self.ledger, meta).await?;
        let cut_offs =
            self.ledger.inspect::<Calendar, _>(CalendarId::THE, |it| it.cut_offs.clone());
        let mut cleared = Vec::new();
        for cut in cut_offs.await? {
            for n in 0..PARTNERS {
                let id = SettlementId::of(self.partner(n), cut.on);
                cleared.extend(self.acts(id, on, roll.wrapping_add(n)).await?);
            }
        }
        let id = RemittanceId(Uuid::from_u64_pair(roll.into(), self.end().await?));
        let draw = DrawUp { id, account: Self::bank(), settlements: cleared, execution: on };
        let meta = self.meta_of(ACCOUNTANT);
        if let Ok(drawn_up) = draw_up(&self.ledger, &draw, meta).await {
            let again = draw_up(&self.ledger, &draw, meta).await?;
            assert_eq!(again.remittance, drawn_up.remittance, "another file the second time");
            let whole = Answer {
                end_to_end: None,
                accepted: Some(!roll.is_multiple_of(5)),
                reason: "AC04".into(),
            };
            let report = Digest::of(&[roll]);
            answer(&self.ledger, id, &[whole], report, meta).await?;
        }
        self.statement(on, roll).await
    }

    pub async fn presume(&self, on: NaiveDate, roll: u8) -> Reply<()> {
        let meta = self.meta_of(Actor::PROCESS);
        let cut_offs =
            self.ledger.inspect::<Calendar, _>(CalendarId::THE, |it| it.cut_offs.clone());
        for cut in cut_offs.await? {
            let mut due = Vec::new();
            for n in 0..PARTNERS {
                let id = SettlementId::of(self.partner(n), cut.on);
                let state = self.ledger.state::<Settlement>(id).await?;
                let presumed = state.prepared.as_ref().is_some_and(|it| it.presumed_from <= on);
                due.extend((state.stage == Stage::Prepared && presumed).then_some(id));
            }
            let certification = Certification { on, by: Actor::PROCESS, seed: roll.into() };
            certify(&self.ledger, cut.on, &due, certification, |_| None, meta).await?;
        }
        Ok(())
    }

    /// What people do with one settlement; gives it when it may be paid.
    async fn acts(&self, id: SettlementId, on: NaiveDate, roll: u8) -> Reply<Option<SettlementId>> {
        let state = self.ledger.state::<Settlement>(id).await?;
        let commands = match state.stage {
            Stage::Certified => {
                let wrong = u64::from(roll.is_multiple_of(4));
                vec![(
                    SettlementCommand::ReceiveStatement(StatementReceived {
                        reference: format!("REL-{on}").into(),
                        dated: on,
                        received: on,
                        amount: state.due.and(Balance::from_cents(wrong)),
                        by: Actor { role: Role::Client, id: Uuid::from_u128(94) },
                    }),
                    OTHER,
                )]
            }
            Stage::Matched => vec![(SettlementCommand::Order { on, by: OFFICER }, OFFICER)],
            Stage::Ordered => visa(&state, on),
            Stage::Cleared if state.payable().is_none() => {
                vec![(SettlementCommand::SetOff { on, by: ACCOUNTANT }, ACCOUNTANT)]
            }
            Stage::Cleared => return Ok(Some(id)),
            _ => vec![],
        };
        for (command, by) in commands {
            let meta = self.meta_of(by);
            self.ledger.execute::<Settlement>(id, &command, meta).await?;
        }
        Ok(None)
    }

    /// The bank's statement: what is under way is debited, or not yet; some of it comes back.
    async fn statement(&self, on: NaiveDate, roll: u8) -> Reply<()> {
        let bank = Self::bank();
        let state = self.ledger.state::<BankAccount>(bank).await?;
        let line = |index: usize, amount, direction, reference: String| BankLine {
            number: u32::try_from(index + 1).expect("few lines"),
            amount,
            direction,
            booked: on,
            code: if roll.is_multiple_of(3) { "PMNT-CHRG".into() } else { "PMNT".into() },
            references: vec![reference.into()],
            returned: "".into(),
        };
        let amount = Budget::from_cents(1_000_00).expect("a sum");
        let mut lines = vec![line(0, amount, Direction::In, "?".into())];
        for id in self.settlements().await? {
            let state = self.ledger.state::<Settlement>(id).await?;
            if let Some((amount, reference)) = fee_paid(&state, roll) {
                lines.push(line(lines.len(), amount, Direction::In, reference));
            }
            let Some(sent) = state.sent else { continue };
            // A bank knows of no file that was not drawn up.
            let drawn_up = |it: &Remittance| it.drawn_up.is_some();
            if !self.ledger.inspect(sent.remittance, drawn_up).await? {
                continue;
            }
            let reference = sent.end_to_end.to_string();
            match state.stage {
                Stage::Sent if roll.is_multiple_of(2) => {
                    lines.push(line(lines.len(), sent.amount, Direction::Out, reference));
                }
                Stage::Settled if roll.is_multiple_of(7) && state.returned.is_empty() => {
                    lines.push(line(lines.len(), sent.amount, Direction::In, reference));
                }
                _ => (),
            }
        }
        let small = Budget::from_cents(3).expect("a sum");
        lines.push(line(lines.len(), small, Direction::Out, "?".into()));
        let sum = |direction| -> Balance {
            let lines = lines.iter().filter(|it| it.direction == direction);
            lines.map(|it| Balance::from(it.amount)).sum()
        };
        let closing = state.closing.and(sum(Direction::In)).beyond(sum(Direction::Out));
        let reference = format!("R{}", state.statements.len() + 1);
        let digest = Digest::of(reference.as_bytes());
        let statement = StatementImported {
            reference: reference.into(),
            from: on,
            to: on,
            opening: state.closing,
            closing,
            lines,
            digest,
            file: digest,
            by: ACCOUNTANT,
        };
        let import = BankCommand::Import(Box::new(statement));
        let meta = self.meta_of(ACCOUNTANT);
        self.ledger.execute::<BankAccount>(bank, &import, meta).await?;
        for _ in 0..2 {
            self.work_lines().await?;
        }
        Ok(())
    }

    /// Finds out what the lines are that are waiting.
    pub async fn work_lines(&self) -> Reply<()> {
        let mut titles = BTreeMap::new();
        for id in self.settlements().await? {
            let state = self.ledger.state::<Settlement>(id).await?;
            if let Some(title) = state.unpaid_fee() {
                titles.insert(title.reference.to_string(), Funds::Fee(id));
            }
        }
        let funds_of = |it: &str| titles.get(it).copied();
        work_through(&self.ledger, Self::bank(), funds_of, self.meta_of(ACCOUNTANT)).await?;
        Ok(())
    }

    /// Every settlement that may have been drawn up.
    pub async fn settlements(&self) -> Reply<Vec<SettlementId>> {
        let cut_offs =
            self.ledger.inspect::<Calendar, _>(CalendarId::THE, |it| it.cut_offs.clone());
        let of = |on| move |n| SettlementId::of(self.partner(n), on);
        Ok(cut_offs.await?.iter().flat_map(|cut| (0..PARTNERS).map(of(cut.on))).collect())
    }
}

/// What the partner pays of its fee, if it does: now and then a cent too much, which then waits.
fn fee_paid(state: &Settlement, roll: u8) -> Option<(Budget, String)> {
    let title = state.unpaid_fee().filter(|_| !roll.is_multiple_of(3))?;
    let cents = title.total.cents() + u64::from(roll.is_multiple_of(5));
    Some((Budget::from_cents(cents)?, title.reference.to_string()))
}

/// What the accountant does with an order to pay.
fn visa(state: &Settlement, on: NaiveDate) -> Vec<(SettlementCommand, Actor)> {
    let drawn = state.sample().map(|it| it.drawn.clone()).unwrap_or_default();
    let seen = drawn.into_iter().map(|it| {
        let (note, by) = ("vu".into(), ACCOUNTANT);
        let seen = LineChecked { purchase: it.purchase, conform: true, note, by };
        (SettlementCommand::CheckLine(seen), ACCOUNTANT)
    });
    let passed =
        |check| CheckResult { check, passed: true, evidence: "vu".into(), note: "".into() };
    let checks = Check::ALL.map(passed).to_vec();
    let visa = SettlementCommand::GrantVisa { checks, on, by: ACCOUNTANT };
    seen.chain([(visa, ACCOUNTANT)]).collect()
}
