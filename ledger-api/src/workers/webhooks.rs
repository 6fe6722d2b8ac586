//! Tells endpoints what happens: one task for each, which reads the log from where the endpoint is.
//!
//! An endpoint that does not answer keeps no other one waiting. A node claims an endpoint before it
//! tells it anything, so that with several nodes each message is normally sent once.

use std::collections::HashMap;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::{StreamExt, stream};
use ledger_core::client::Party;
use ledger_core::event_log::{EventLog, Position};
use ledger_core::ids::WebhookId;
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::{Actor, Meta};
use ledger_core::webhook::{
    PENDING_MAX, PauseReason, Pending, Progress, Webhook, WebhookCommand, WebhookProgressed,
};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::flows::{PassError, step};
use crate::app::App;
use crate::webhooks::attempts::Attempt;
use crate::webhooks::message::{self, Message};
use crate::webhooks::sender::{Answered, Signed};
use crate::webhooks::{RETRIES, signature};

/// How often it looks for new endpoints, and each endpoint for something to tell.
const PERIOD: Duration = Duration::from_millis(200);

/// How many events are read at once.
const PAGE: usize = 1_000;

/// How many messages are under way to one endpoint at once.
const AT_ONCE: usize = 32;

/// For how long a node claims an endpoint.
const CLAIM: TimeDelta = TimeDelta::seconds(60);

/// How far an endpoint that has nothing to be told may fall behind in its stream: it is read again
/// from there after a restart.
const BEHIND_MAX: Position = 50_000;

/// Tells all endpoints, for ever.
pub async fn run(app: App) {
    let node = app.clock.opaque_id();
    let mut tasks: HashMap<WebhookId, JoinHandle<()>> = HashMap::new();
    loop {
        tasks.retain(|_, task| !task.is_finished());
        let known = app.models.now().and_then(|it| it.webhooks(None));
        match known {
            Ok(endpoints) => {
                for id in endpoints {
                    tasks.entry(id).or_insert_with(|| tokio::spawn(tell(app.clone(), id, node)));
                }
            }
            Err(failure) => tracing::error!("Webhook endpoints: {failure}"),
        }
        tokio::time::sleep(PERIOD).await;
    }
}

/// Tells one endpoint until it is paused or deleted.
async fn tell(app: App, id: WebhookId, node: Uuid) {
    let mut cursor = Cursor::default();
    loop {
        match pass(&app, id, node, &mut cursor).await {
            Ok(Passed::Over) => return,
            Ok(Passed::Told) => (),
            Ok(Passed::Idle) => tokio::time::sleep(PERIOD).await,
            Err(failure) => {
                tracing::error!("Webhook endpoint {id}: {failure}");
                tokio::time::sleep(PERIOD * 10).await;
            }
        }
    }
}

/// What a pass over an endpoint came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// Something was told, or tried.
    Told,
    /// There is nothing to tell for now.
    Idle,
    /// It is paused or deleted.
    Over,
}

/// Up to where this node has read, which is at least as far as the endpoint's stream says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cursor {
    read: Position,
    replays: u32,
}

/// What is to be sent to an endpoint, and how.
struct Endpoint {
    id: WebhookId,
    party: Party,
    state: Webhook,
    /// The signing secrets.
    secrets: Vec<String>,
}

impl Endpoint {
    fn url(&self) -> &str {
        self.state.wants.as_ref().map_or("", |it| it.url.as_str())
    }

    fn wants(&self, kind: &str) -> bool {
        let events = self.state.wants.as_ref().map_or(&[][..], |it| &it.events[..]);
        events.is_empty() || events.iter().any(|it| it == kind)
    }
}

/// Tells the endpoint what is due: what waits for another try, then a page of what happened since.
pub async fn pass(
    app: &App,
    id: WebhookId,
    node: Uuid,
    cursor: &mut Cursor,
) -> Result<Passed, PassError> {
    let state = app.ledger.inspect::<Webhook, _>(id, Webhook::clone).await.map_err(step)?;
    let Some(party) = state.created.as_ref().map(|it| it.party) else { return Ok(Passed::Over) };
    if state.deleted || state.paused.is_some() {
        return Ok(Passed::Over);
    }
    if cursor.replays != state.replays || cursor.read < state.up_to {
        *cursor = Cursor { read: state.up_to, replays: state.replays };
    }
    let now = app.clock.now();
    let secrets = signature::secrets(&app.webhook_key, id, &state, now);
    let endpoint = Endpoint { id, party, state, secrets };
    let (due, waiting): (Vec<Pending>, Vec<Pending>) =
        endpoint.state.pending.iter().partition(|it| it.next <= now);
    let (mut messages, read) = news(app, &endpoint, cursor.read).await?;
    for it in due {
        if let Some(message) = again(app, &endpoint, it.position).await? {
            messages.push((message, it.attempts));
        }
    }
    if messages.is_empty() {
        let idle = read == cursor.read;
        cursor.read = read;
        if read - endpoint.state.up_to > BEHIND_MAX {
            note(app, &endpoint, cursor, waiting).await?;
        }
        return Ok(if idle { Passed::Idle } else { Passed::Told });
    }
    let claim = WebhookCommand::Claim { node, until: now + CLAIM, at: now };
    match app.ledger.execute::<Webhook>(id, &claim, meta(app)).await {
        Ok(_) => (),
        // Another node is at it, or the endpoint is over.
        Err(ExecuteError::Refused(_)) => return Ok(Passed::Idle),
        Err(failure) => return Err(step(failure)),
    }
    let answers = send(app, &endpoint, messages).await;
    cursor.read = read;
    let pending = after(app, &endpoint, &answers, waiting).await?;
    note(app, &endpoint, cursor, pending).await?;
    Ok(Passed::Told)
}

fn meta(app: &App) -> Meta {
    Meta { at: app.clock.now(), by: Actor::PROCESS, cause: app.clock.id() }
}

/// What happened after `read` that the endpoint wants to know, and up to where that is.
async fn news(
    app: &App,
    endpoint: &Endpoint,
    read: Position,
) -> Result<(Vec<(Message, u8)>, Position), PassError> {
    let page = app.ledger.log().read_all(read, PAGE).await.map_err(step)?;
    let Some(last) = page.last().map(|it| it.position) else { return Ok((vec![], read)) };
    // A purchase is told with the payment that it pays: the read models know which.
    app.models.at_least(last, Duration::from_secs(30)).await?;
    let mut messages = Vec::new();
    for it in &page {
        let told = message::of(app, it, endpoint.party).await.map_err(step)?;
        messages.extend(told.filter(|it| endpoint.wants(it.kind)).map(|it| (it, 0)));
    }
    Ok((messages, last))
}

/// The message that tells what stands at `position`.
async fn again(
    app: &App,
    endpoint: &Endpoint,
    position: Position,
) -> Result<Option<Message>, PassError> {
    let recorded = app.ledger.log().read_all(position - 1, 1).await.map_err(step)?;
    match recorded.first() {
        Some(it) if it.position == position => {
            message::of(app, it, endpoint.party).await.map_err(step)
        }
        Some(_) | None => Ok(None),
    }
}

/// Sends `messages`, each with how many times it was tried before; gives how each was answered.
async fn send(
    app: &App,
    endpoint: &Endpoint,
    messages: Vec<(Message, u8)>,
) -> Vec<(Position, u8, Answered)> {
    let one = async |(message, before): (Message, u8)| {
        let (at, id, body) = (app.clock.now(), message.id(), message.body());
        let signature = signature::signature(&endpoint.secrets, &id, at.timestamp(), &body);
        let signed = Signed { id: &id, at, signature: &signature, body };
        let answered = app.webhooks.sender.send(endpoint.url(), signed).await;
        let attempt = Attempt {
            position: message.position,
            kind: message.kind.to_owned(),
            at,
            number: before + 1,
            status: answered.status,
            took: answered.took,
            excerpt: answered.excerpt.clone(),
        };
        (message.position, before + 1, answered, attempt)
    };
    let answers: Vec<_> = stream::iter(messages).map(one).buffer_unordered(AT_ONCE).collect().await;
    let (mut kept, mut given) = (Vec::new(), Vec::new());
    for (position, tries, answered, attempt) in answers {
        app.metrics.webhook(answered.taken());
        kept.push(attempt);
        given.push((position, tries, answered));
    }
    if let Err(failure) = app.webhooks.attempts.keep(endpoint.id, &kept, app.clock.now()) {
        tracing::warn!("Tries of {}: {failure}", endpoint.id);
    }
    given
}

/// What waits after these answers; pauses an endpoint that takes nothing any more.
async fn after(
    app: &App,
    endpoint: &Endpoint,
    answers: &[(Position, u8, Answered)],
    mut pending: Vec<Pending>,
) -> Result<Vec<Pending>, PassError> {
    let now = app.clock.now();
    let mut why = None;
    let any_taken = answers.iter().any(|it| it.2.taken());
    for (position, tries, answered) in answers {
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
                pending.push(Pending { position: *position, attempts: *tries, next });
            }
            // Tried for three days: it is told no more, and the endpoint is looked at.
            None if !any_taken => why = why.or(Some(PauseReason::Failing)),
            None => (),
        }
    }
    if pending.len() > PENDING_MAX {
        why = Some(PauseReason::Failing);
        pending.sort_unstable_by_key(|it| it.position);
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
    Ok(pending)
}

/// Notes how far the endpoint was told.
async fn note(
    app: &App,
    endpoint: &Endpoint,
    cursor: &mut Cursor,
    mut pending: Vec<Pending>,
) -> Result<(), PassError> {
    // More than may wait is read again from the first that is too many, once it is resumed.
    let mut up_to = cursor.read;
    if let Some(first) = pending.get(PENDING_MAX) {
        up_to = first.position - 1;
        pending.truncate(PENDING_MAX);
    }
    let progressed = WebhookProgressed { up_to, pending };
    let progress = WebhookCommand::Progress(Progress { progressed, replays: cursor.replays });
    match app.ledger.execute::<Webhook>(endpoint.id, &progress, meta(app)).await {
        // To be told again since: read from there with the next pass.
        Ok(_) | Err(ExecuteError::Refused(_)) => Ok(()),
        Err(failure) => Err(step(failure)),
    }
}
