//! Flows between streams: submitted files are credited, top-ups cut off in the middle are
//! finished, what is over goes back to its funder.

use std::fmt::Display;
use std::time::Duration;

use chrono::TimeDelta;
use ledger_core::account::team::REMINDED_DAYS;
use ledger_core::account::{Account, AccountCommand, TeamCommand};
use ledger_core::envelope::Allocation;
use ledger_core::event_log::Position;
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::{Actor, Meta};
use ledger_core::money::Budget;
use ledger_core::process::batches;
use ledger_core::process::expiry::{Returns, expire_credits, expire_holds, note_returns};
use ledger_core::process::topups::{TopUpError, finish};
use projections::ReadError;

use super::{agreements, settlements};
use crate::app::App;

/// How often it looks for something to do.
const PERIOD: Duration = Duration::from_millis(200);

/// How many accounts or purchases are handled at once.
const AT_ONCE: usize = 5_000;

/// Looks for something to do, for ever.
pub async fn run(app: App) {
    let mut seen: Position = 0;
    loop {
        let passed = {
            let _time_stands = app.moving.read().await;
            pass(&app, seen).await
        };
        match passed {
            Ok(position) => seen = position,
            Err(failure) => tracing::error!("What is left to do between streams: {failure}"),
        }
        tokio::time::sleep(PERIOD).await;
    }
}

/// Why a pass stopped before it had done everything; the next one does the rest.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// What is left to do cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A step failed, for a reason that is not a rule.
    #[error("{0}")]
    Step(String),
}

pub(super) fn step(failure: impl Display) -> PassError {
    PassError::Step(failure.to_string())
}

/// Does all that is left to do; top-ups only if they stood before `seen`, since the request that
/// began a newer one is still at it. Gives the position of what was read.
pub async fn pass(app: &App, seen: Position) -> Result<Position, PassError> {
    let meta = Meta { at: app.clock.now(), by: Actor::PROCESS, cause: app.clock.id() };
    let position = finish_topups(app, seen, meta).await?;
    for batch in app.models.now()?.submitted_batches()? {
        // One that cannot go on keeps neither the others nor what follows waiting.
        if let Err(failure) = batches::credit(&app.ledger, batch, app.clock.today(), meta).await {
            tracing::error!(batch.id = %batch, "{batch} waits: {failure}");
        }
    }
    end_holds(app, meta).await?;
    remind(app, meta).await?;
    end_credits(app, meta).await?;
    settlements::pass(app, meta).await?;
    agreements::pass(app, meta).await?;
    for it in app.models.now()?.pending_returns()? {
        let returns = Returns {
            envelope: it.envelope,
            after: it.after,
            up_to: it.up_to,
            expired: it.expired,
            refunded: it.refunded,
        };
        match note_returns(&app.ledger, returns, meta).await {
            // Read a moment too early: noted up to somewhere else meanwhile.
            Ok(()) | Err(ExecuteError::Refused(_)) => (),
            Err(failure) => return Err(step(failure)),
        }
    }
    Ok(position)
}

async fn finish_topups(app: &App, seen: Position, meta: Meta) -> Result<Position, PassError> {
    let (pending, position) = {
        let models = app.models.now()?;
        (models.pending_allocations()?, models.position())
    };
    for it in pending.into_iter().filter(|it| it.position <= seen) {
        let Some(amount) = Budget::from_cents(it.amount.cents()) else { continue };
        let allocation = Allocation { id: it.allocation, amount, lines: 1, to: Some(it.account) };
        match finish(&app.ledger, it.envelope, &allocation, app.clock.today(), meta).await {
            Ok(_)
            | Err(
                TopUpError::Account(ExecuteError::Refused(_))
                | TopUpError::Envelope(ExecuteError::Refused(_)),
            ) => (),
            Err(failure) => return Err(step(failure)),
        }
    }
    Ok(position)
}

async fn end_holds(app: &App, meta: Meta) -> Result<(), PassError> {
    let (mut over, waited) = {
        let models = app.models.now()?;
        (models.expired_holds(meta.at, AT_ONCE)?, models.overdue_requests(meta.at, AT_ONCE)?)
    };
    over.extend(waited);
    if !over.is_empty() {
        expire_holds(&app.ledger, &over, meta.at, meta).await.map_err(step)?;
    }
    Ok(())
}

/// Reminds whoever may approve of what waits and ends soon.
async fn remind(app: &App, meta: Meta) -> Result<(), PassError> {
    let soon = meta.at + TimeDelta::days(REMINDED_DAYS);
    let waits = app.models.now()?.requests_to_remind(soon, AT_ONCE)?;
    let remind = |(account, purchase)| {
        (account, AccountCommand::Team(TeamCommand::Remind { purchase, at: meta.at }))
    };
    let commands: Vec<_> = waits.into_iter().map(remind).collect();
    for answer in app.ledger.execute_many::<Account>(&commands, meta).await {
        match answer {
            // Decided in between.
            Ok(_) | Err(ExecuteError::Refused(_)) => (),
            Err(failure) => return Err(step(failure)),
        }
    }
    Ok(())
}

async fn end_credits(app: &App, meta: Meta) -> Result<(), PassError> {
    let (today, mut after) = (app.clock.today(), None);
    loop {
        let page = app.models.now()?.expired_credits(today, after, AT_ONCE)?;
        if !page.rows.is_empty() {
            expire_credits(&app.ledger, &page.rows, today, meta).await.map_err(step)?;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}
