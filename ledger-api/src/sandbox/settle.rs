//! A settlement is paid: from service done to the line of the bank's statement, each step the act of
//! who would do it.

use chrono::{Days, TimeDelta};
use fixtures::bank_files::{Line, statement};
use fixtures::sandbox::{actor, bank_account};
use ledger_core::bank::BankAccount;
use ledger_core::digest::Digest;
use ledger_core::ids::{PartnerId, RemittanceId, SettlementId};
use ledger_core::meta::{Actor, Meta, Role, accounting_day, paris_midnight};
use ledger_core::process::remittances::{Answer, DrawUp, answer};
use ledger_core::remittance::Remittance;
use ledger_core::settlement::{
    Check, CheckResult, LineChecked, Settlement, SettlementCommand, Stage, StatementReceived,
    Voucher, VoucherKind,
};
use projections::reports::settlements::SettlementRow;

use super::time;
use crate::app::App;
use crate::problem::{Problem, kinds};
use crate::reading;
use crate::treasury::bank::take_in;
use crate::treasury::remittance_files::draw_up;

/// How many days may pass before a settlement is paid: a period, and the days to contest.
const DAYS_MAX: u32 = 60;

/// Where a settlement stands that is not paid.
const OPEN: [Stage; 7] = [
    Stage::Prepared,
    Stage::Certified,
    Stage::Matched,
    Stage::Ordered,
    Stage::Suspended,
    Stage::Cleared,
    Stage::Sent,
];

/// How many steps a settlement takes at most.
const STEPS_MAX: u32 = 24;

/// Pays what is due to `partner` first; time passes until it can be. Gives the settlement.
pub async fn pay(app: &App, partner: PartnerId) -> Result<SettlementId, Problem> {
    let _alone = app.moving.write().await;
    time::settle_down(app).await?;
    let id = first_due(app, partner).await?;
    for _ in 0..STEPS_MAX {
        if !step(app, id, partner).await? {
            time::settle_down(app).await?;
            return Ok(id);
        }
        time::settle_down(app).await?;
    }
    Err(Problem::unavailable("the settlement does not come to an end"))
}

/// The oldest settlement that is not paid; time passes until there is one.
async fn first_due(app: &App, partner: PartnerId) -> Result<SettlementId, Problem> {
    for _ in 0..DAYS_MAX {
        let rows: Vec<SettlementRow> = {
            let reader = reading::latest(app).await?;
            reader.settlements_at(&OPEN).map_err(reading::failed)?
        };
        let own = |it: &&SettlementRow| it.partner == partner;
        if let Some(it) = rows.iter().filter(own).min_by_key(|it| it.period) {
            return Ok(it.id);
        }
        tomorrow(app).await?;
    }
    let detail = "nothing of this partner's was captured and not settled: capture a payment first";
    Err(Problem::new(&kinds::ACT_REFUSED, detail))
}

async fn tomorrow(app: &App) -> Result<(), Problem> {
    let next = accounting_day(app.clock.now()).checked_add_days(Days::new(1));
    let next = next.map_or(app.clock.now(), paris_midnight) + TimeDelta::hours(8);
    time::go(app, next).await.map(|_| ())
}

fn meta(app: &App, by: Actor) -> Meta {
    Meta { at: app.clock.now(), by, cause: app.clock.id() }
}

async fn act(
    app: &App,
    id: SettlementId,
    command: SettlementCommand,
    by: Actor,
) -> Result<(), Problem> {
    app.ledger.execute::<Settlement>(id, &command, meta(app, by)).await?;
    Ok(())
}

/// The next act on a settlement; `false` once it is settled.
async fn step(app: &App, id: SettlementId, partner: PartnerId) -> Result<bool, Problem> {
    let state = app.ledger.state::<Settlement>(id).await?;
    let (officer, accountant) = (actor(Role::AuthorisingOfficer), actor(Role::Accountant));
    let on = app.clock.today();
    match state.stage {
        Stage::Settled => return Ok(false),
        Stage::Absent | Stage::Prepared => tomorrow(app).await?,
        Stage::Certified => state_what_is_due(app, id, partner, &state).await?,
        Stage::Matched => {
            act(app, id, SettlementCommand::Order { on, by: officer }, officer).await?;
        }
        Stage::Ordered => give_visa(app, id, &state, accountant).await?,
        Stage::Suspended => {
            let answer =
                SettlementCommand::Answer { answer: "Pièce jointe".into(), on, by: officer };
            act(app, id, answer, officer).await?;
        }
        Stage::Cleared if state.payable().is_none() => {
            act(app, id, SettlementCommand::SetOff { on, by: accountant }, accountant).await?;
        }
        Stage::Cleared => send(app, id, accountant).await?,
        Stage::Sent => debit(app, id, &state, accountant).await?,
    }
    Ok(true)
}

/// The partner's own statement, which says what is due.
async fn state_what_is_due(
    app: &App,
    id: SettlementId,
    partner: PartnerId,
    state: &Settlement,
) -> Result<(), Problem> {
    let (by, today) = (Actor { role: Role::Client, id: partner.0 }, app.clock.today());
    let reference = format!("REL-{today}");
    let text = format!("relevé;montant\n{reference};{}\n", state.due);
    app.vouchers.keep(text.as_bytes()).map_err(Problem::internal)?;
    let name = format!("{reference}.csv");
    let voucher = Voucher::of(VoucherKind::Statement, &name, "text/csv", text.as_bytes());
    act(app, id, SettlementCommand::Attach { voucher, by }, by).await?;
    let received = StatementReceived {
        reference: reference.into(),
        dated: today,
        received: today,
        amount: state.due,
        by,
    };
    act(app, id, SettlementCommand::ReceiveStatement(received), by).await
}

async fn give_visa(
    app: &App,
    id: SettlementId,
    state: &Settlement,
    by: Actor,
) -> Result<(), Problem> {
    for it in state.sample().map(|it| it.drawn.clone()).unwrap_or_default() {
        let note = "Contrôle de test".into();
        let seen = LineChecked { purchase: it.purchase, conform: true, note, by };
        act(app, id, SettlementCommand::CheckLine(seen), by).await?;
    }
    let passed = |check: Check| CheckResult {
        check,
        passed: true,
        evidence: "Contrôle de test".into(),
        note: "".into(),
    };
    let (checks, on) = (Check::ALL.map(passed).to_vec(), app.clock.today());
    act(app, id, SettlementCommand::GrantVisa { checks, on, by }, by).await
}

/// One file of transfers with this one; the bank takes it.
async fn send(app: &App, id: SettlementId, by: Actor) -> Result<(), Problem> {
    let remittance = RemittanceId(app.clock.id());
    let draw = DrawUp {
        id: remittance,
        account: bank_account(),
        settlements: vec![id],
        execution: app.clock.today(),
    };
    let drawn = draw_up(app, &draw, meta(app, by)).await;
    drawn.map_err(|it| Problem::new(&kinds::ACT_REFUSED, format!("{it:?}")))?;
    let state = app.ledger.state::<Remittance>(remittance).await?;
    let transfers = state.drawn_up.map(|it| it.transfers).unwrap_or_default();
    let accepted = |it: &ledger_core::remittance::Transfer| Answer {
        end_to_end: Some(it.end_to_end.clone()),
        accepted: Some(true),
        reason: "".into(),
    };
    let answers: Vec<Answer> = transfers.iter().map(accepted).collect();
    let report = Digest::of(remittance.message().as_bytes());
    let answered = answer(&app.ledger, remittance, &answers, report, meta(app, by)).await;
    answered.map(|_| ()).map_err(|it| Problem::new(&kinds::ACT_REFUSED, it.to_string()))
}

/// The transfer stands on the bank's statement, which the accountant takes in.
async fn debit(app: &App, id: SettlementId, state: &Settlement, by: Actor) -> Result<(), Problem> {
    let Some(sent) = &state.sent else {
        return Err(Problem::internal(format!("{id} is sent, and not told how")));
    };
    let account = app.ledger.state::<BankAccount>(bank_account()).await?;
    let opened = account.opened.ok_or_else(|| Problem::internal("no bank account"))?;
    let line = Line {
        amount: sent.amount,
        incoming: false,
        code: ("PMNT", "ICDT", "ESCT"),
        end_to_end: sent.end_to_end.to_string(),
        text: String::new(),
        returned: "",
    };
    let today = app.clock.today();
    let reference = format!("TEST-{}-{}", today.format("%Y%m%d"), account.statements.len() + 1);
    let text = statement(opened.iban.as_str(), &reference, today, account.closing, &[line]);
    take_in(app, text.as_bytes(), meta(app, by)).await.map(|_| ())
}
