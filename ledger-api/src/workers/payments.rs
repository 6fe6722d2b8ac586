//! Payments on partners' sites, by themselves: those that nobody confirmed end, usage is billed at
//! the end of each month and of each hold, and confirmations cut off in the middle are finished.

use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use ledger_core::ids::{BuyerId, PaymentId};
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::{Actor, Meta, accounting_day};
use ledger_core::payment::{Payment, PaymentCommand};
use ledger_core::process::payments::{bill, close_usage, finish};

use super::flows::{PassError, step};
use crate::app::App;

/// How often it looks for something to do.
const PERIOD: Duration = Duration::from_millis(500);

/// How often it looks for confirmations that were cut off: that reads all holds.
const RECOVERS_EVERY: TimeDelta = TimeDelta::seconds(30);

/// How many payments end at once.
const AT_ONCE: usize = 5_000;

/// What was looked at, so that it is not looked at again at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Looked {
    /// The last day up to which usage was billed.
    billed_until: Option<NaiveDate>,
    /// When confirmations that were cut off were looked for.
    recovered_at: Option<DateTime<Utc>>,
}

/// Looks for something to do, for ever.
pub async fn run(app: App) {
    let mut looked = Looked::default();
    loop {
        let passed = {
            let _time_stands = app.moving.read().await;
            pass(&app, &mut looked).await
        };
        if let Err(failure) = passed {
            tracing::error!("What is left to do with payments: {failure}");
        }
        tokio::time::sleep(PERIOD).await;
    }
}

/// Does all that is left to do.
pub async fn pass(app: &App, looked: &mut Looked) -> Result<(), PassError> {
    let meta = Meta { at: app.clock.now(), by: Actor::PROCESS, cause: app.clock.id() };
    abandon(app, meta).await?;
    let month_ends = last_month_ends(accounting_day(meta.at));
    let monthly = looked.billed_until.is_none_or(|it| it < month_ends);
    let metered = app.models.now()?.metered_payments()?;
    for (payment, hold_until) in metered {
        if hold_until <= meta.at {
            close(app, payment, accounting_day(hold_until), true, meta).await?;
        } else if monthly {
            close(app, payment, month_ends, false, meta).await?;
        }
    }
    looked.billed_until = Some(month_ends);
    if looked.recovered_at.is_none_or(|it| meta.at - it >= RECOVERS_EVERY) {
        recover(app, meta).await?;
        looked.recovered_at = Some(meta.at);
    }
    Ok(())
}

/// The last day of the month before that of `day`.
fn last_month_ends(day: NaiveDate) -> NaiveDate {
    day.with_day(1).and_then(|it| it.pred_opt()).unwrap_or(day)
}

/// Ends those that nobody confirmed in time.
async fn abandon(app: &App, meta: Meta) -> Result<(), PassError> {
    let over = app.models.now()?.abandoned_payments(meta.at, AT_ONCE)?;
    let expire = |id| (id, PaymentCommand::Expire { at: meta.at });
    let commands: Vec<_> = over.into_iter().map(expire).collect();
    for answer in app.ledger.execute_many::<Payment>(&commands, meta).await {
        match answer {
            // Confirmed, declined or cancelled in between.
            Ok(_) | Err(ExecuteError::Refused(_)) => (),
            Err(failure) => return Err(step(failure)),
        }
    }
    Ok(())
}

async fn close(
    app: &App,
    payment: PaymentId,
    until: NaiveDate,
    last: bool,
    meta: Meta,
) -> Result<(), PassError> {
    // What an earlier close billed and the account was not asked for comes first.
    for done in [
        bill(&app.ledger, payment, meta).await,
        close_usage(&app.ledger, payment, None, until, last, meta).await,
    ] {
        match done {
            // Closed or captured in between, by the partner itself.
            Ok(()) | Err(ExecuteError::Refused(_)) => (),
            Err(failure) => return Err(step(failure)),
        }
    }
    Ok(())
}

/// Takes up confirmations that stopped between the account and the payment, or before the capture.
async fn recover(app: &App, meta: Meta) -> Result<(), PassError> {
    let unfinished = app.models.now()?.unfinished_payments()?;
    for (payment, account) in unfinished {
        let asked = |it: &Payment| it.created.as_ref().map(|it| it.partner);
        let partner = app.ledger.inspect::<Payment, _>(payment, asked).await.map_err(step)?;
        let Some(partner) = partner else { continue };
        let buyer = BuyerId::of(&app.pseudonyms, partner, account);
        match finish(&app.ledger, payment, account, buyer, meta).await {
            // Refused: its holds were freed.
            Ok(()) | Err(ExecuteError::Refused(_)) => (),
            Err(failure) => return Err(step(failure)),
        }
    }
    Ok(())
}
