//! The demo's bank: files as it would send them, for whoever plays the accountant. Only in the demo.

use axum::extract::State;
use axum::response::Response;
use fixtures::bank_files::{Line, report, statement};
use ledger_core::bank::BankAccount;
use ledger_core::ids::RemittanceId;
use ledger_core::money::Budget;
use ledger_core::remittance::Remittance;
use ledger_core::settlement::Stage;
use projections::reports::titles::TitlesOf;

use crate::app::App;
use crate::audit::export;
use crate::extract::Path;
use crate::problem::Problem;
use crate::reading;
use crate::session::Accountant;

fn only_in_the_demo(app: &App) -> Result<(), Problem> {
    if app.config.demo { Ok(()) } else { Err(Problem::not_found("no such address")) }
}

/// `GET /demonstration/virements/{id}/reponse.xml`: the bank takes all of it.
pub(super) async fn answer(
    State(app): State<App>,
    _: Accountant,
    Path(id): Path<RemittanceId>,
) -> Result<Response, Problem> {
    only_in_the_demo(&app)?;
    let state = app.ledger.state::<Remittance>(id).await?;
    let drawn_up = state.drawn_up.ok_or_else(|| Problem::not_found("no such remittance"))?;
    let text = report(&drawn_up, &[], app.clock.now());
    Ok(export::saved("application/xml", "pain.002.xml", text.into()))
}

/// `GET /demonstration/banque/releve.xml`: today's statement: what is under way is debited, calls
/// for funds that are outstanding are paid, so are titles that are not late, and the bank takes its
/// charge.
pub(super) async fn today(State(app): State<App>, _: Accountant) -> Result<Response, Problem> {
    only_in_the_demo(&app)?;
    let today = app.clock.today();
    let (account, sent, conventions, titles) = {
        let reader = reading::latest(&app).await?;
        let accounts = reader.bank_accounts().map_err(reading::failed)?;
        let sent = reader.settlements_at(&[Stage::Sent]).map_err(reading::failed)?;
        let conventions = reader.conventions(None).map_err(reading::failed)?;
        let titles = reader.titles(TitlesOf::Open).map_err(reading::failed)?;
        let account = accounts.into_iter().next();
        let account = account.ok_or_else(|| Problem::not_found("no bank account"))?;
        (account, sent, conventions, titles)
    };
    let state = app.ledger.state::<BankAccount>(account.id).await?;
    let opened = state.opened.ok_or_else(|| Problem::not_found("no bank account"))?;
    let line = |amount, incoming, code, end_to_end: String, text: String| Line {
        amount,
        incoming,
        code,
        end_to_end,
        text,
        returned: "",
    };
    let mut lines = Vec::new();
    for it in sent.iter().filter_map(|it| it.state.sent.as_ref()) {
        let code = ("PMNT", "ICDT", "ESCT");
        lines.push(line(it.amount, false, code, it.end_to_end.to_string(), String::new()));
    }
    for (_, it) in &conventions {
        let paid = Budget::from_cents(it.outstanding().cents());
        if let (Some(call), Some(amount)) = (it.calls.last(), paid) {
            let code = ("PMNT", "RCDT", "ESCT");
            lines.push(line(amount, true, code, String::new(), call.reference.to_string()));
        }
    }
    for it in titles.iter().filter(|it| it.late_by(today).is_none()) {
        let (code, quoted) = (("PMNT", "RCDT", "ESCT"), it.title.reference.to_string());
        lines.push(line(it.title.total, true, code, String::new(), quoted));
    }
    let charge = Budget::from_cents(2_50);
    lines.extend(
        charge.map(|it| line(it, false, ("ACMT", "MDOP", "CHRG"), String::new(), String::new())),
    );
    let reference = format!("DEMO-{}-{}", today.format("%Y%m%d"), state.statements.len() + 1);
    let text = statement(opened.iban.as_str(), &reference, today, state.closing, &lines);
    Ok(export::saved("application/xml", "camt.053.xml", text.into()))
}
