//! Where a partner or a funder is told what happens (webhook): an address, what it wants to know,
//! and how far it was told.
//!
//! How far is written by whoever tells, page by page: every message after that position is still to
//! be told, and so are those that wait for another try. What stops in between is told again, never
//! lost. Secrets are no part of it: they follow from the service's own key and a generation.

#[cfg(test)]
mod tests;

use chrono::{DateTime, SubsecRound, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::client::Party;
use crate::decider::Decider;
use crate::event_log::Position;

/// The most messages that wait for another try: beyond, the endpoint is paused.
pub const PENDING_MAX: usize = 1_000;

/// What is asked of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookCommand {
    /// Make it.
    Create(WebhookCreated),
    /// Say otherwise where it is and what it wants.
    Change(WebhookChanged),
    /// Sign with another secret; the one before stays valid until then.
    RotateSecret {
        /// Until when both sign.
        until: DateTime<Utc>,
    },
    /// Tell it nothing for now.
    Pause(PauseReason),
    /// Tell it again, from where it was.
    Resume,
    /// Tell it nothing any more.
    Delete,
    /// Be the one who tells it, for a while; refused while another one is.
    Claim {
        /// Who.
        node: Uuid,
        /// Until when.
        until: DateTime<Utc>,
        /// Now.
        at: DateTime<Utc>,
    },
    /// Note how far it was told.
    Progress(Progress),
    /// Tell again what was told.
    Replay(WebhookReplayed),
}

/// What has happened to an endpoint: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookEvent {
    /// See [`WebhookCreated`].
    Created(WebhookCreated),
    /// See [`WebhookChanged`].
    Changed(WebhookChanged),
    /// See [`WebhookSecretRotated`].
    SecretRotated(WebhookSecretRotated),
    /// See [`WebhookPaused`].
    Paused(WebhookPaused),
    /// See [`WebhookResumed`].
    Resumed(WebhookResumed),
    /// See [`WebhookDeleted`].
    Deleted(WebhookDeleted),
    /// See [`WebhookClaimed`].
    Claimed(WebhookClaimed),
    /// See [`WebhookProgressed`].
    Progressed(WebhookProgressed),
    /// See [`WebhookReplayed`].
    Replayed(WebhookReplayed),
}

/// Somebody wants to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookCreated {
    /// Who.
    pub party: Party,
    /// Where; an https address of at most 2,000 characters.
    pub url: CompactString,
    /// What about, as `payment.captured`; empty is everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<CompactString>,
    /// What it is for; up to 200 characters, often empty.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub description: CompactString,
    /// What happens after this position is told.
    pub after: Position,
}

/// It is elsewhere, or wants to know something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookChanged {
    /// Where; an https address of at most 2,000 characters.
    pub url: CompactString,
    /// What about; empty is everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<CompactString>,
    /// What it is for; up to 200 characters, often empty.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub description: CompactString,
}

/// Messages are signed with the next secret; until a time with the one before, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSecretRotated {
    /// Which one, from 1; the first secret is 0.
    pub generation: u32,
    /// Until when the one before signs too.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub until: DateTime<Utc>,
}

/// Why an endpoint is told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// Its owner wants so.
    Owner,
    /// It answers nothing good for days.
    Failing,
    /// It answers that it is gone (410).
    Gone,
}

/// It is told nothing for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookPaused {
    /// Why.
    pub because: PauseReason,
}

/// It is told again, from where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookResumed {}

/// It is told nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookDeleted {}

/// A node of the service tells it, and no other one for that long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookClaimed {
    /// Which node.
    pub node: Uuid,
    /// Until when.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub until: DateTime<Utc>,
}

/// It was told all that happened up to a position, but for what waits for another try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookProgressed {
    /// Up to this position, included.
    pub up_to: Position,
    /// What waits, by position.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Pending>,
}

/// A message that was not taken yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Where what it tells stands in the log.
    pub position: Position,
    /// How many times it was tried.
    pub attempts: u8,
    /// When it is tried next.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub next: DateTime<Utc>,
}

/// What was told is told again: under the same ids, so that a receiver knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookReplayed {
    /// All that happened after this position; or, when `only`, what stands just after it.
    pub after: Position,
    /// Whether it is a single message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only: bool,
    /// When.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: DateTime<Utc>,
}

/// See [`WebhookCommand::Progress`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Who tells it; refused once another one does.
    pub node: Uuid,
    /// How far.
    pub progressed: WebhookProgressed,
    /// How many replays were known: one more, and what was read is not what is to be told.
    pub replays: u32,
}

/// Why a command on an endpoint is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookRefusal {
    /// There is none, or no more.
    #[error("there is no such webhook endpoint")]
    NoSuchWebhook,
    /// The reference served for something else.
    #[error("this reference made another webhook endpoint")]
    ReferenceReused,
    /// Another node tells it.
    #[error("another node tells it until {until}")]
    Claimed {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// It is to be told again: read it again.
    #[error("it is to be told again since it was read")]
    Replayed,
    /// A field cannot be taken.
    #[error("{field}: {expected}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What would be right.
        expected: &'static str,
    },
}

/// One endpoint, as its stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Webhook {
    /// What was asked at first; `None` before it was.
    pub created: Option<WebhookCreated>,
    /// Where it is and what it wants now.
    pub wants: Option<WebhookChanged>,
    /// Which secret signs.
    pub generation: u32,
    /// Until when the one before signs too; `None` before the first rotation.
    pub previous_until: Option<DateTime<Utc>>,
    /// Why it is told nothing for now; `None` when it is told.
    pub paused: Option<PauseReason>,
    /// Whether it is over.
    pub deleted: bool,
    /// Who tells it, and until when.
    pub claim: Option<(Uuid, DateTime<Utc>)>,
    /// Up to where it was told.
    pub up_to: Position,
    /// What waits for another try.
    pub pending: Vec<Pending>,
    /// How many replays were asked for.
    pub replays: u32,
    /// The last of them.
    pub replayed: Option<WebhookReplayed>,
}

fn check(url: &str, events: &[CompactString], description: &str) -> Result<(), WebhookRefusal> {
    let wrong = |field, expected| Err(WebhookRefusal::Invalid { field, expected });
    let address = url.starts_with("https://") || url.starts_with("http://");
    if !address || url.len() > 2_000 || !url.bytes().all(|it| it.is_ascii_graphic()) {
        return wrong("url", "expected an https:// address of at most 2000 characters");
    }
    let name = |it: &CompactString| {
        let plain = |it: char| it.is_ascii_lowercase() || matches!(it, '.' | '_');
        (1..=60).contains(&it.len()) && it.chars().all(plain)
    };
    if events.len() > 50 || !events.iter().all(name) {
        return wrong("events", "expected at most 50 names, as in payment.captured");
    }
    if description.chars().count() > 200 || description.contains(char::is_control) {
        return wrong("description", "expected up to 200 characters on one line");
    }
    Ok(())
}

impl Decider for Webhook {
    type Command = WebhookCommand;
    type Event = WebhookEvent;
    type Refusal = WebhookRefusal;

    fn decide(&self, command: &WebhookCommand) -> Result<Vec<WebhookEvent>, WebhookRefusal> {
        if let WebhookCommand::Create(it) = command {
            return self.create(it);
        }
        if self.created.is_none() || self.deleted {
            let done = self.deleted && *command == WebhookCommand::Delete;
            return if done { Ok(vec![]) } else { Err(WebhookRefusal::NoSuchWebhook) };
        }
        let event = match command {
            WebhookCommand::Create(_) => None,
            WebhookCommand::Change(it) => {
                check(&it.url, &it.events, &it.description)?;
                let known = self.wants.as_ref() == Some(it);
                (!known).then(|| WebhookEvent::Changed(it.clone()))
            }
            WebhookCommand::RotateSecret { until } => {
                // As it is stored. Asked again while both sign, it is done.
                let until = until.trunc_subsecs(0);
                let rotates = self.previous_until.is_none_or(|it| it < until);
                let generation = self.generation + 1;
                let next = WebhookSecretRotated { generation, until };
                rotates.then_some(WebhookEvent::SecretRotated(next))
            }
            WebhookCommand::Pause(because) => {
                let paused = WebhookPaused { because: *because };
                self.paused.is_none().then_some(WebhookEvent::Paused(paused))
            }
            WebhookCommand::Resume => {
                self.paused.is_some().then_some(WebhookEvent::Resumed(WebhookResumed {}))
            }
            WebhookCommand::Delete => Some(WebhookEvent::Deleted(WebhookDeleted {})),
            WebhookCommand::Claim { node, until, at } => self.claim(*node, *until, *at)?,
            WebhookCommand::Progress(it) => {
                if it.replays != self.replays {
                    return Err(WebhookRefusal::Replayed);
                }
                let WebhookProgressed { up_to, pending } = &it.progressed;
                let news = (self.up_to, &self.pending) != (*up_to, pending);
                if let Some((other, until)) = self.claim
                    && news
                    && other != it.node
                {
                    return Err(WebhookRefusal::Claimed { until });
                }
                news.then(|| WebhookEvent::Progressed(it.progressed.clone()))
            }
            WebhookCommand::Replay(it) => {
                (self.replayed != Some(*it)).then_some(WebhookEvent::Replayed(*it))
            }
        };
        Ok(event.into_iter().collect())
    }

    fn evolve(&mut self, event: &WebhookEvent) {
        match event {
            WebhookEvent::Created(it) => {
                self.created = Some(it.clone());
                self.up_to = it.after;
                let WebhookCreated { url, events, description, .. } = it.clone();
                self.wants = Some(WebhookChanged { url, events, description });
            }
            WebhookEvent::Changed(it) => self.wants = Some(it.clone()),
            WebhookEvent::SecretRotated(it) => {
                self.generation = it.generation;
                self.previous_until = Some(it.until);
            }
            WebhookEvent::Paused(it) => self.paused = Some(it.because),
            WebhookEvent::Resumed(_) => self.paused = None,
            WebhookEvent::Deleted(_) => self.deleted = true,
            WebhookEvent::Claimed(it) => self.claim = Some((it.node, it.until)),
            WebhookEvent::Progressed(it) => {
                self.up_to = it.up_to;
                self.pending.clone_from(&it.pending);
            }
            WebhookEvent::Replayed(it) => self.replay(it),
        }
    }
}

impl Webhook {
    fn create(&self, it: &WebhookCreated) -> Result<Vec<WebhookEvent>, WebhookRefusal> {
        match &self.created {
            None => {
                check(&it.url, &it.events, &it.description)?;
                Ok(vec![WebhookEvent::Created(it.clone())])
            }
            Some(known) => {
                let same = WebhookCreated { after: known.after, ..it.clone() } == *known;
                if same { Ok(vec![]) } else { Err(WebhookRefusal::ReferenceReused) }
            }
        }
    }

    /// A claim that is still good for half of what is asked is not written again.
    fn claim(
        &self,
        node: Uuid,
        until: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<Option<WebhookEvent>, WebhookRefusal> {
        match self.claim {
            Some((other, until)) if other != node && until > at => {
                Err(WebhookRefusal::Claimed { until })
            }
            Some((same, known)) if same == node && known - at >= (until - at) / 2 => Ok(None),
            Some(_) | None => Ok(Some(WebhookEvent::Claimed(WebhookClaimed { node, until }))),
        }
    }

    fn replay(&mut self, it: &WebhookReplayed) {
        self.replays += 1;
        self.replayed = Some(*it);
        if it.only {
            let position = it.after + 1;
            self.pending.retain(|known| known.position != position);
            self.pending.push(Pending { position, attempts: 0, next: it.at });
        } else {
            self.up_to = self.up_to.min(it.after);
            self.pending.retain(|known| known.position <= it.after);
        }
    }
}
