//! The only place where rules meet the log: read, fold, decide, append.
//!
//! ```text
//!  command ──▶ cached state ──decide──▶ events ──▶ queued in the log ──▶ durable ──▶ answer
//!                   ▲                      │
//!                   └───────evolve─────────┘   (at once: the next command sees it)
//! ```
//!
//! A command is decided on the state that all queued events lead to, durable or not; it is
//! answered only when its own events are durable. The log carries out appends in order and checks
//! each stream's version, so what was decided on events that never became durable is itself
//! refused, and decided again. So one hot account or envelope goes as fast as many. "It was done
//! before" is answered only once what it rests on is durable.

mod cache;
mod decided;
mod hear;
mod standing;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::account::Account;
use crate::agreement::Agreement;
use crate::bank::BankAccount;
use crate::batch::Batch;
use crate::calendar::Calendar;
use crate::client::Client;
use crate::codec::{DecodeError, Stored};
use crate::control::Control;
use crate::convention::Convention;
use crate::correction::Correction;
use crate::decider::Decider;
use crate::envelope::Envelope;
use crate::event_log::{AppendError, Appended, EventLog, Log, LogError, Position};
use crate::harvest::Harvest;
use crate::ids::{
    AccountId, AgreementId, BankAccountId, BatchId, CalendarId, ClientId, ControlId, ConventionId,
    CorrectionId, EnvelopeId, HarvestId, ListId, OfferId, PartnerId, PaymentId, PersonId,
    RemittanceId, SettlementId, WebhookId,
};
use crate::list::List;
use crate::meta::Meta;
use crate::offer::Offer;
use crate::partner::Partner;
use crate::payment::Payment;
use crate::person::Person;
use crate::remittance::Remittance;
use crate::settlement::Settlement;
use crate::stream::StreamId;
use crate::webhook::Webhook;

use cache::{Cache, Known};
use decided::{Decided, decide};
use standing::{Awaited, Standing};

pub use hear::CatchUpError;

/// How often a command is decided again when somebody else wrote to its stream in between.
const ATTEMPTS_MAX: usize = 16;

/// How many states are kept in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheSizes {
    /// Accounts; about 1 kB each after a year.
    pub accounts: usize,
    /// Of each other kind.
    pub others: usize,
}

impl Default for CacheSizes {
    fn default() -> Self {
        Self { accounts: 1_000_000, others: 100_000 }
    }
}

/// A kind of stream that commands are carried out on.
pub trait Aggregate:
    Decider<Event: Stored + Send, Refusal: Send> + Clone + Send + Sync + 'static
{
    /// What names one of them.
    type Id: Copy + Into<StreamId> + fmt::Display + Send + Sync;

    #[doc(hidden)]
    fn cache(caches: &Caches) -> &Cache<Self>;
}

#[doc(hidden)]
pub struct Caches {
    accounts: Cache<Account>,
    envelopes: Cache<Envelope>,
    batches: Cache<Batch>,
    partners: Cache<Partner>,
    offers: Cache<Offer>,
    clients: Cache<Client>,
    calendars: Cache<Calendar>,
    settlements: Cache<Settlement>,
    remittances: Cache<Remittance>,
    banks: Cache<BankAccount>,
    conventions: Cache<Convention>,
    controls: Cache<Control>,
    corrections: Cache<Correction>,
    harvests: Cache<Harvest>,
    lists: Cache<List>,
    payments: Cache<Payment>,
    webhooks: Cache<Webhook>,
    persons: Cache<Person>,
    agreements: Cache<Agreement>,
    /// The last position that was heard; see [`Ledger::hear`].
    heard: AtomicU64,
}

macro_rules! aggregate {
    ($($state:ident by $id:ident in $field:ident),+) => {$(
        impl Aggregate for $state {
            type Id = $id;

            fn cache(caches: &Caches) -> &Cache<Self> {
                &caches.$field
            }
        }
    )+};
}

aggregate!(Account by AccountId in accounts, Envelope by EnvelopeId in envelopes,
    Batch by BatchId in batches, Partner by PartnerId in partners, Offer by OfferId in offers,
    Client by ClientId in clients, Calendar by CalendarId in calendars,
    Settlement by SettlementId in settlements, Remittance by RemittanceId in remittances, BankAccount by BankAccountId in banks, Convention by ConventionId in conventions, Control by ControlId in controls, Correction by CorrectionId in corrections, Harvest by HarvestId in harvests, List by ListId in lists, Payment by PaymentId in payments, Webhook by WebhookId in webhooks, Person by PersonId in persons, Agreement by AgreementId in agreements);

/// A command that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done<E> {
    /// What was recorded; nothing when it had been already.
    pub events: Vec<E>,
    /// A position of the log at which all of it can be read.
    pub position: Position,
}

/// Why a command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError<R> {
    /// A rule forbids it: tell the user.
    #[error("{0}")]
    Refused(R),
    /// Others keep writing to the same stream: try again.
    #[error("too many others write to the same stream: try again")]
    Contended,
    /// The state is not what the sender believed: read it again. Only from
    /// [`Ledger::execute_if`].
    #[error("it is not what it was when it was read: read it again")]
    NotAsBelieved,
    /// The log failed: send the same command again, which is safe, or stop and look.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log does not take such an append, whoever sends it: send less at once.
    #[error("{0}")]
    NotWritable(AppendError),
    /// The log holds what this program cannot read: stop and look.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

impl<R> ExecuteError<R> {
    /// The same, a refusal being told otherwise.
    pub fn map<S>(self, told: impl FnOnce(R) -> S) -> ExecuteError<S> {
        match self {
            Self::Refused(refusal) => ExecuteError::Refused(told(refusal)),
            Self::Contended => ExecuteError::Contended,
            Self::NotAsBelieved => ExecuteError::NotAsBelieved,
            Self::Log(error) => ExecuteError::Log(error),
            Self::NotWritable(error) => ExecuteError::NotWritable(error),
            Self::Decode(error) => ExecuteError::Decode(error),
        }
    }
}

/// The log, and the states that its events lead to.
#[derive(Clone)]
pub struct Ledger {
    log: Log,
    caches: Arc<Caches>,
}

impl Ledger {
    /// A ledger on `log`, with nothing in memory yet.
    pub fn new(log: Log, sizes: CacheSizes) -> Self {
        let caches = Caches {
            accounts: Cache::new(sizes.accounts),
            envelopes: Cache::new(sizes.others),
            batches: Cache::new(sizes.others),
            partners: Cache::new(sizes.others),
            offers: Cache::new(sizes.others),
            clients: Cache::new(sizes.others),
            calendars: Cache::new(1),
            settlements: Cache::new(sizes.others),
            remittances: Cache::new(sizes.others),
            banks: Cache::new(sizes.others),
            conventions: Cache::new(sizes.others),
            controls: Cache::new(1),
            corrections: Cache::new(sizes.others),
            harvests: Cache::new(sizes.others),
            lists: Cache::new(sizes.others),
            payments: Cache::new(sizes.others),
            webhooks: Cache::new(sizes.others),
            persons: Cache::new(sizes.others),
            agreements: Cache::new(sizes.others),
            heard: AtomicU64::new(0),
        };
        Self { log, caches: Arc::new(caches) }
    }

    /// The log itself.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Carries out `command`; answers when what it caused is durable.
    pub async fn execute<D: Aggregate>(
        &self,
        id: D::Id,
        command: &D::Command,
        meta: Meta,
    ) -> Result<Done<D::Event>, ExecuteError<D::Refusal>>
    where
        D::Command: Sync,
    {
        self.execute_if::<D>(id, command, meta, |_| true).await
    }

    /// Carries out `command` if the state it meets is as the sender `believed`; what was carried
    /// out before answers the same whatever became of the state.
    pub async fn execute_if<D: Aggregate>(
        &self,
        id: D::Id,
        command: &D::Command,
        meta: Meta,
        believed: impl Fn(&D) -> bool + Send + Sync,
    ) -> Result<Done<D::Event>, ExecuteError<D::Refusal>>
    where
        D::Command: Sync,
    {
        let shared = self.log.is_shared();
        let mut attempts = 0;
        while attempts < ATTEMPTS_MAX {
            attempts += 1;
            // Queued under the cache's lock, so that the log sees events in the order of decisions.
            let queued = D::cache(&self.caches).with(id.into().id, |known| {
                match decide::<D>(id, known, command, meta, &believed, shared) {
                    Decided::Unknown => Queued::<'_, D, _>::Unknown,
                    Decided::Busy(standing, version) => Queued::Busy(standing, version),
                    Decided::NotAsBelieved => Queued::NotAsBelieved,
                    Decided::Refused(refusal) => Queued::Refused(refusal),
                    Decided::Unchanged(standing, version) => Queued::Unchanged(standing, version),
                    Decided::Events(events, append, standing) => {
                        let awaited = Awaited::new(&self.caches, id, standing);
                        Queued::Events(events, awaited, self.log.append(append))
                    }
                }
            });
            match queued {
                Queued::Unknown => self.load::<D>(id).await?,
                Queued::Busy(standing, version) => {
                    standing.holds(version).await;
                    attempts -= 1;
                }
                Queued::Refused(refusal) => return Err(ExecuteError::Refused(refusal)),
                Queued::Unchanged(standing, version) => {
                    if standing.holds(version).await {
                        let position = self.log.end().await?;
                        return Ok(Done { events: Vec::new(), position });
                    }
                }
                Queued::NotAsBelieved => return Err(ExecuteError::NotAsBelieved),
                Queued::Events(events, awaited, appended) => match appended.await {
                    Ok(Appended { version, position }) => {
                        awaited.durable(version);
                        return Ok(Done { events, position });
                    }
                    Err(error) => again(error)?,
                },
            }
        }
        Err(ExecuteError::Contended)
    }

    /// Carries out many commands, each on its own, in one commit of the log if it can; as many
    /// answers as commands, in their order.
    pub async fn execute_many<D: Aggregate>(
        &self,
        commands: &[(D::Id, D::Command)],
        meta: Meta,
    ) -> Vec<Result<Done<D::Event>, ExecuteError<D::Refusal>>>
    where
        D::Command: Sync,
    {
        let shared = self.log.is_shared();
        let mut answers: Vec<Option<Result<_, _>>> = Vec::with_capacity(commands.len());
        let mut appends = Vec::with_capacity(commands.len());
        let mut waiting = Vec::with_capacity(commands.len());
        for (index, (id, command)) in commands.iter().enumerate() {
            answers.push(None);
            let decide = || {
                let cache = D::cache(&self.caches);
                let believed = |_: &D| true;
                cache.with((*id).into().id, |known| {
                    decide(*id, known, command, meta, believed, shared)
                })
            };
            let mut decided = decide();
            if matches!(decided, Decided::Unknown) {
                if let Err(error) = self.load::<D>(*id).await {
                    answers[index] = Some(Err(error));
                    continue;
                }
                decided = decide();
            }
            match decided {
                Decided::Unknown
                | Decided::Busy(..)
                | Decided::Unchanged(..)
                | Decided::NotAsBelieved => (),
                Decided::Refused(refusal) => {
                    answers[index] = Some(Err(ExecuteError::Refused(refusal)));
                }
                Decided::Events(events, append, standing) => {
                    waiting.push((index, events, Awaited::<D>::new(&self.caches, *id, standing)));
                    appends.push(append);
                }
            }
        }
        let appended = self.log.append_many(appends).await;
        for ((index, events, awaited), appended) in waiting.into_iter().zip(appended) {
            answers[index] = match appended {
                Ok(Appended { version, position }) => {
                    awaited.durable(version);
                    Some(Ok(Done { events, position }))
                }
                Err(error) => again(error).err().map(Err),
            };
        }
        // What is left was done before, or met somebody else's command on its way.
        let mut results = Vec::with_capacity(commands.len());
        for (answer, (id, command)) in answers.into_iter().zip(commands) {
            results.push(match answer {
                Some(answer) => answer,
                None => self.execute::<D>(*id, command, meta).await,
            });
        }
        results
    }

    /// What `look` sees in the state of `id`; the default state when its stream has no event.
    ///
    /// On a log that others write to, told once what was seen is durable.
    pub async fn inspect<D: Aggregate, T>(
        &self,
        id: D::Id,
        look: impl Fn(&D) -> T + Send,
    ) -> Result<T, ExecuteError<D::Refusal>> {
        let shared = self.log.is_shared();
        for _ in 0..ATTEMPTS_MAX {
            let look = |it: &mut Known<D>| {
                let sure = !shared || it.standing.is_settled(it.version);
                let rests_on = (!sure).then(|| (it.standing.clone(), it.version));
                (look(&it.state), rests_on)
            };
            match D::cache(&self.caches).with(id.into().id, |known| known.map(look)) {
                None => self.load::<D>(id).await?,
                Some((seen, None)) => return Ok(seen),
                Some((seen, Some((standing, version)))) => {
                    if standing.holds(version).await {
                        return Ok(seen);
                    }
                }
            }
        }
        Err(ExecuteError::Contended)
    }

    /// The state of `id`; the default one when its stream has no event.
    pub async fn state<D: Aggregate>(&self, id: D::Id) -> Result<D, ExecuteError<D::Refusal>> {
        self.inspect::<D, _>(id, D::clone).await
    }

    /// How many accounts are in memory.
    pub fn accounts_in_memory(&self) -> usize {
        self.caches.accounts.len()
    }

    /// Reads the state of `id` from the log into the cache.
    async fn load<D: Aggregate>(&self, id: D::Id) -> Result<(), ExecuteError<D::Refusal>> {
        let (stream, heard) = (id.into(), self.caches.heard.load(Ordering::Acquire));
        let recorded = self.log.read_stream(stream, 0).await?;
        let mut state = D::default();
        for it in &recorded {
            state.evolve(&D::Event::read(it)?);
        }
        let version = recorded.last().map_or(0, |it| it.version);
        let standing = Standing::read(version);
        let read = Awaited::<D>::new(&self.caches, id, standing.clone());
        D::cache(&self.caches).insert(stream.id, Known { state, version, standing });
        // What was heard before it was in memory, and written after it was read.
        if self.caches.heard.load(Ordering::Acquire) > heard {
            for it in self.log.read_stream(stream, version).await? {
                self.take_in::<D>(stream, it.version, &D::Event::read(&it)?);
            }
        }
        read.known();
        Ok(())
    }
}

/// Whether to decide again: somebody else wrote to the stream in between. Anything else is told.
fn again<R>(error: AppendError) -> Result<(), ExecuteError<R>> {
    match error {
        AppendError::Conflict { .. } => Ok(()),
        AppendError::Log(failure) => Err(failure.into()),
        error @ (AppendError::Empty { .. } | AppendError::TooLarge { .. }) => {
            Err(ExecuteError::NotWritable(error))
        }
    }
}

enum Queued<'a, D: Aggregate, F> {
    Unknown,
    Busy(Arc<Standing>, u64),
    Refused(D::Refusal),
    Unchanged(Arc<Standing>, u64),
    NotAsBelieved,
    Events(Vec<D::Event>, Awaited<'a, D>, F),
}
