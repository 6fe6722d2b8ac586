//! Tells endpoints what happens: one task for each, which reads the log from where the endpoint is.
//!
//! ```text
//!  log ─▶ queue ─▶ under way ─answered─▶ noted, in the endpoint's stream
//!                     └─ a second later: noted as waiting, and looked at with the next passes
//! ```
//! An endpoint that does not answer keeps no other one waiting, and a message that is not answered
//! holds none of the next ones up. A node claims an endpoint before it tells it anything, so that
//! with several nodes each message is normally sent once: a pass begins with a claim that lasts
//! longer than all it sends.

mod noting;
mod window;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use ledger_core::client::Party;
use ledger_core::event_log::{EventLog, Position};
use ledger_core::ids::WebhookId;
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::{Actor, Meta};
use ledger_core::webhook::{Pending, Webhook, WebhookCommand};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::flows::{PassError, step};
use crate::app::App;
use crate::metrics::webhooks::Standing;
use crate::webhooks::message::{self, Message};
use crate::webhooks::sender::TIMEOUT;
use crate::webhooks::signature;
use noting::{note, stands};
use window::{AT_ONCE, Window};

/// How often it looks for new endpoints, and each endpoint for something to tell.
const PERIOD: Duration = Duration::from_millis(200);

/// How many events are read at once.
const PAGE: usize = 1_000;

/// How long a pass waits for answers, and begins messages.
const PATIENCE: Duration = Duration::from_secs(1);

/// For how long a node claims an endpoint.
const CLAIM: TimeDelta = TimeDelta::seconds(60);

/// When a message that was not answered is tried by whoever is there then: its node has stopped.
const LEASE: TimeDelta = TimeDelta::seconds(30);

/// A claim is good for half a minute at least: all that a pass sends is over by then.
const _: () = assert!(PATIENCE.as_secs() + TIMEOUT.as_secs() < LEASE.num_seconds().cast_unsigned());
const _: () = assert!(LEASE.num_seconds() * 2 <= CLAIM.num_seconds());

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
    /// Something was told, or tried, or is under way.
    Told,
    /// There is nothing to tell for now.
    Idle,
    /// It is paused or deleted.
    Over,
}

/// Up to where this node has read, which is at least as far as the endpoint's stream says, and what
/// became of it; what is under way is given up when this is dropped.
#[derive(Default)]
pub struct Cursor {
    read: Position,
    replays: u32,
    /// What was read and not sent yet, by position.
    queue: VecDeque<Message>,
    window: Window,
    /// What waits and tells nothing any more.
    nothing: Vec<Position>,
    /// The oldest message that waits, and when what it tells happened.
    oldest: Option<(Position, DateTime<Utc>)>,
}

/// What is to be sent to an endpoint, and how.
struct Endpoint {
    id: WebhookId,
    party: Party,
    state: Webhook,
    /// The signing secrets.
    secrets: Arc<[String]>,
}

impl Endpoint {
    /// The one called `id`, or how its telling stands when there is nothing to tell it.
    async fn open(app: &App, id: WebhookId) -> Result<Result<Self, Option<Standing>>, PassError> {
        let state = app.ledger.inspect::<Webhook, _>(id, Webhook::clone).await.map_err(step)?;
        let Some(party) = state.created.as_ref().filter(|_| !state.deleted).map(|it| it.party)
        else {
            return Ok(Err(None));
        };
        if state.paused.is_some() {
            let pending = state.pending.len();
            return Ok(Err(Some(Standing { paused: true, pending, oldest: None })));
        }
        let secrets = signature::secrets(&app.webhook_key, id, &state, app.clock.now()).into();
        Ok(Ok(Self { id, party, state, secrets }))
    }

    fn url(&self) -> &str {
        self.state.wants.as_ref().map_or("", |it| it.url.as_str())
    }

    fn wants(&self, kind: &str) -> bool {
        let events = self.state.wants.as_ref().map_or(&[][..], |it| &it.events[..]);
        events.is_empty() || events.iter().any(|it| it == kind)
    }
}

impl Cursor {
    /// Goes on from where the endpoint is: further when another node told it, back when it is to be
    /// told again.
    fn follow(&mut self, endpoint: &Endpoint) {
        let state = &endpoint.state;
        if self.replays != state.replays {
            self.queue.clear();
            (self.read, self.replays) = (state.up_to, state.replays);
        }
        self.read = self.read.max(state.up_to);
        self.queue.retain(|it| it.position > state.up_to && endpoint.wants(it.kind));
    }

    /// Up to where all was sent: what waits stands before it.
    fn sent(&self) -> Position {
        self.queue.front().map_or(self.read, |it| it.position - 1)
    }
}

/// Tells the endpoint what is due: what waits for another try, and what happened since.
pub async fn pass(
    app: &App,
    id: WebhookId,
    node: Uuid,
    cursor: &mut Cursor,
) -> Result<Passed, PassError> {
    let endpoint = match Endpoint::open(app, id).await? {
        Ok(endpoint) => endpoint,
        Err(standing) => {
            app.metrics.webhooks.stands(id, standing);
            return Ok(Passed::Over);
        }
    };
    cursor.follow(&endpoint);
    let before = cursor.read;
    if cursor.queue.len() < AT_ONCE {
        let (messages, read) = news(app, &endpoint, cursor.read).await?;
        cursor.queue.extend(messages);
        cursor.read = read;
    }
    let advanced = cursor.read > before;
    let due = due(app, &endpoint, cursor).await?;
    let begins = !cursor.queue.is_empty() || !due.is_empty();
    if !begins && cursor.window.is_empty() && cursor.nothing.is_empty() {
        stands(app, &endpoint.state.pending, id, cursor).await?;
        if cursor.read - endpoint.state.up_to > BEHIND_MAX && claim(app, &endpoint, node).await? {
            note(app, &endpoint, node, cursor, vec![]).await?;
        }
        return Ok(if advanced { Passed::Told } else { Passed::Idle });
    }
    if !claim(app, &endpoint, node).await? {
        stands(app, &endpoint.state.pending, id, cursor).await?;
        return Ok(Passed::Idle);
    }
    let patience = match (begins, advanced) {
        (true, _) => PATIENCE,
        // There may be more to read.
        (false, true) => Duration::ZERO,
        (false, false) => PERIOD,
    };
    let answers = cursor.window.send(app, &endpoint, &mut cursor.queue, due, patience).await;
    note(app, &endpoint, node, cursor, answers).await?;
    Ok(Passed::Told)
}

/// Whether this node is the one who tells the endpoint, as it was read.
async fn claim(app: &App, endpoint: &Endpoint, node: Uuid) -> Result<bool, PassError> {
    let at = app.clock.now();
    let claim = WebhookCommand::Claim { node, until: at + CLAIM, at };
    match app.ledger.execute::<Webhook>(endpoint.id, &claim, meta(app)).await {
        Ok(_) => (),
        // Another node is at it, or the endpoint is over.
        Err(ExecuteError::Refused(_)) => return Ok(false),
        Err(failure) => return Err(step(failure)),
    }
    // Whoever told it until now may have noted something since it was read.
    let known = &endpoint.state;
    let same = |it: &Webhook| {
        (it.up_to, it.replays, &it.pending, &it.paused)
            == (known.up_to, known.replays, &known.pending, &known.paused)
    };
    app.ledger.inspect::<Webhook, _>(endpoint.id, same).await.map_err(step)
}

fn meta(app: &App) -> Meta {
    Meta { at: app.clock.now(), by: Actor::PROCESS, cause: app.clock.id() }
}

/// What happened after `read` that the endpoint wants to know, and up to where that is.
async fn news(
    app: &App,
    endpoint: &Endpoint,
    read: Position,
) -> Result<(Vec<Message>, Position), PassError> {
    let page = app.ledger.log().read_all(read, PAGE).await.map_err(step)?;
    let Some(last) = page.last().map(|it| it.position) else { return Ok((vec![], read)) };
    // A purchase is told with the payment that it pays: the read models know which.
    app.models.at_least(last, Duration::from_secs(30)).await?;
    let mut messages = Vec::new();
    for it in &page {
        let told = message::of(app, it, endpoint.party).await.map_err(step)?;
        messages.extend(told.filter(|it| endpoint.wants(it.kind)));
    }
    Ok((messages, last))
}

/// What waits and is due, as far as there is room, each with how many times it was tried.
async fn due(
    app: &App,
    endpoint: &Endpoint,
    cursor: &mut Cursor,
) -> Result<VecDeque<(Message, u8)>, PassError> {
    let now = app.clock.now();
    let waits = |it: &&Pending| it.next <= now && !cursor.window.has(it.position);
    let pending = endpoint.state.pending.iter().filter(waits).take(cursor.window.room());
    let (mut messages, mut nothing) = (VecDeque::new(), Vec::new());
    for it in pending {
        let recorded = app.ledger.log().read_all(it.position - 1, 1).await.map_err(step)?;
        let message = match recorded.first().filter(|recorded| recorded.position == it.position) {
            Some(recorded) => message::of(app, recorded, endpoint.party).await.map_err(step)?,
            None => None,
        };
        match message {
            Some(message) => messages.push_back((message, it.attempts)),
            None => nothing.push(it.position),
        }
    }
    cursor.nothing = nothing;
    Ok(messages)
}
