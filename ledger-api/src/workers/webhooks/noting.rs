//! What is noted of a pass: how far the endpoint was told, what waits for another try, and how it
//! stands for whoever watches.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use ledger_core::event_log::{EventLog, Position};
use ledger_core::ids::WebhookId;
use ledger_core::ledger::ExecuteError;
use ledger_core::webhook::{
    PENDING_MAX, PauseReason, Pending, Progress, Webhook, WebhookCommand, WebhookProgressed,
};
use uuid::Uuid;

use super::super::flows::{PassError, step};
use super::window::Sent;
use super::{Cursor, Endpoint, meta};
use crate::app::App;
use crate::metrics::webhooks::Standing;
use crate::webhooks::RETRIES;

/// Notes how far the endpoint was told; pauses one that takes nothing any more.
pub(super) async fn note(
    app: &App,
    endpoint: &Endpoint,
    node: Uuid,
    cursor: &mut Cursor,
    answers: Vec<Sent>,
) -> Result<(), PassError> {
    let (mut pending, mut why) = after(app, endpoint, cursor, &answers);
    cursor.nothing.clear();
    // More than may wait is read again from the first that is too many, once it is resumed.
    let mut up_to = cursor.sent();
    if let Some(first) = pending.get(PENDING_MAX) {
        why = Some(PauseReason::Failing);
        up_to = first.position - 1;
        pending.truncate(PENDING_MAX);
    }
    if let Some(reason) = why {
        let pause = WebhookCommand::Pause(reason);
        match app.ledger.execute::<Webhook>(endpoint.id, &pause, meta(app)).await {
            Ok(_) | Err(ExecuteError::Refused(_)) => {
                tracing::warn!("Webhook endpoint {} is paused: {reason:?}", endpoint.id);
            }
            Err(failure) => return Err(step(failure)),
        }
    }
    stands(app, &pending, endpoint.id, cursor).await?;
    let progressed = WebhookProgressed { up_to, pending };
    let progress = Progress { node, progressed, replays: cursor.replays };
    let progress = WebhookCommand::Progress(progress);
    match app.ledger.execute::<Webhook>(endpoint.id, &progress, meta(app)).await {
        // To be told again since, or by another node: read from there with the next pass.
        Ok(_) | Err(ExecuteError::Refused(_)) => Ok(()),
        Err(failure) => Err(step(failure)),
    }
}

/// What waits after these answers, by position, and why the endpoint is to be paused.
fn after(
    app: &App,
    endpoint: &Endpoint,
    cursor: &Cursor,
    answers: &[Sent],
) -> (Vec<Pending>, Option<PauseReason>) {
    let (now, mut why) = (app.clock.now(), None);
    let waiting = endpoint.state.pending.iter().map(|it| (it.position, *it));
    let mut pending: BTreeMap<Position, Pending> = waiting.collect();
    pending.retain(|it, _| !cursor.nothing.contains(it));
    for Sent { position, tries, answered, .. } in answers {
        pending.remove(position);
        if answered.taken() {
            continue;
        }
        if answered.gone() {
            why = Some(PauseReason::Gone);
        }
        match RETRIES.get(usize::from(*tries) - 1) {
            Some(pause) => {
                let pause = answered.retry_after.map_or(*pause, |it| it.max(*pause));
                // A tenth more or less, so that what failed together is not tried together.
                let spread = pause.num_milliseconds() / 10;
                let tenth = i64::try_from(position % 21).unwrap_or(0) - 10;
                let next = now + pause + TimeDelta::milliseconds(spread * tenth / 10);
                let again = Pending { position: *position, attempts: *tries, next };
                pending.insert(*position, again);
            }
            // Tried for three days: it is told no more, and the endpoint is looked at.
            None if !cursor.window.takes(now) => why = why.or(Some(PauseReason::Failing)),
            None => (),
        }
    }
    pending.extend(cursor.window.under_way().map(|it| (it.position, *it)));
    (pending.into_values().collect(), why)
}

/// Tells whoever watches how the endpoint stands.
pub(super) async fn stands(
    app: &App,
    pending: &[Pending],
    id: WebhookId,
    cursor: &mut Cursor,
) -> Result<(), PassError> {
    let first = pending.iter().map(|it| it.position).min();
    if let Some(position) = first.filter(|it| cursor.oldest.is_none_or(|known| known.0 != *it)) {
        let recorded = app.ledger.log().read_all(position - 1, 1).await.map_err(step)?;
        cursor.oldest = recorded.first().map(|it| (position, it.meta.at));
    }
    let waiting = cursor.oldest.filter(|_| first.is_some()).map(|it| it.1);
    let queued = cursor.queue.front().map(|it| it.at);
    let oldest = waiting.into_iter().chain(queued).min();
    let pending = pending.len() + cursor.queue.len();
    app.metrics.webhooks.stands(id, Some(Standing { paused: false, pending, oldest }));
    Ok(())
}
