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
//! refused, and decided again. So one hot account or envelope goes as fast as many.

mod cache;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use smallvec::SmallVec;

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
use crate::event_log::{Append, AppendError, Appended, EventLog, Log, LogError, Position};
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

/// What one decision leads to.
#[expect(clippy::large_enum_variant, reason = "the large case is the usual one, and is not kept")]
enum Decided<D: Decider> {
    /// The state is not in memory.
    Unknown,
    /// Refused by a rule.
    Refused(D::Refusal),
    /// It had been carried out already.
    Unchanged,
    /// The state is not what the sender believed.
    NotAsBelieved,
    /// These events are to be appended.
    Events(Vec<D::Event>, Append),
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
        for _ in 0..ATTEMPTS_MAX {
            // Queued under the cache's lock, so that the log sees events in the order of decisions.
            let queued = D::cache(&self.caches).with(id.into().id, |known| {
                match decide::<D>(id, known, command, meta, &believed) {
                    Decided::Unknown => Queued::<D, _>::Unknown,
                    Decided::NotAsBelieved => Queued::NotAsBelieved,
                    Decided::Refused(refusal) => Queued::Refused(refusal),
                    Decided::Unchanged => Queued::Unchanged,
                    Decided::Events(events, append) => {
                        Queued::Events(events, self.log.append(append))
                    }
                }
            });
            match queued {
                Queued::Unknown => self.load::<D>(id).await?,
                Queued::Refused(refusal) => return Err(ExecuteError::Refused(refusal)),
                Queued::Unchanged => return self.unchanged().await,
                Queued::NotAsBelieved => return Err(ExecuteError::NotAsBelieved),
                Queued::Events(events, appended) => match appended.await {
                    Ok(Appended { position, .. }) => return Ok(Done { events, position }),
                    Err(error) => self.forget::<D>(id, error)?,
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
        let mut answers: Vec<Option<Result<_, _>>> = Vec::with_capacity(commands.len());
        let mut appends = Vec::with_capacity(commands.len());
        let mut waiting = Vec::with_capacity(commands.len());
        for (index, (id, command)) in commands.iter().enumerate() {
            answers.push(None);
            let decide = || {
                let cache = D::cache(&self.caches);
                let believed = |_: &D| true;
                cache.with((*id).into().id, |known| decide(*id, known, command, meta, believed))
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
                Decided::Unknown | Decided::Unchanged | Decided::NotAsBelieved => (),
                Decided::Refused(refusal) => {
                    answers[index] = Some(Err(ExecuteError::Refused(refusal)));
                }
                Decided::Events(events, append) => {
                    appends.push(append);
                    waiting.push((index, events));
                }
            }
        }
        let appended = self.log.append_many(appends).await;
        for ((index, events), appended) in waiting.into_iter().zip(appended) {
            answers[index] = match appended {
                Ok(Appended { position, .. }) => Some(Ok(Done { events, position })),
                Err(error) => self.forget::<D>(commands[index].0, error).err().map(Err),
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
    pub async fn inspect<D: Aggregate, T>(
        &self,
        id: D::Id,
        look: impl Fn(&D) -> T + Send,
    ) -> Result<T, ExecuteError<D::Refusal>> {
        for _ in 0..ATTEMPTS_MAX {
            let key = id.into().id;
            let seen = D::cache(&self.caches).with(key, |known| known.map(|it| look(&it.state)));
            if let Some(seen) = seen {
                return Ok(seen);
            }
            self.load::<D>(id).await?;
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
        let stream = id.into();
        let recorded = self.log.read_stream(stream, 0).await?;
        let mut known = Known { state: D::default(), version: 0 };
        for it in &recorded {
            known.state.evolve(&D::Event::read(it)?);
            known.version = it.version;
        }
        D::cache(&self.caches).insert(stream.id, known);
        Ok(())
    }

    /// It was carried out before: answered once that is durable too.
    async fn unchanged<E, R>(&self) -> Result<Done<E>, ExecuteError<R>> {
        self.log.append_many(Vec::new()).await;
        Ok(Done { events: Vec::new(), position: self.log.end().await? })
    }

    /// Takes a state out of memory whose events did not become durable.
    fn forget<D: Aggregate>(
        &self,
        id: D::Id,
        error: AppendError,
    ) -> Result<(), ExecuteError<D::Refusal>> {
        D::cache(&self.caches).remove(id.into().id);
        match error {
            AppendError::Conflict { .. } => Ok(()),
            AppendError::Log(failure) => Err(failure.into()),
            error @ (AppendError::Empty { .. } | AppendError::TooLarge { .. }) => {
                Err(ExecuteError::NotWritable(error))
            }
        }
    }
}

enum Queued<D: Decider, F> {
    Unknown,
    Refused(D::Refusal),
    Unchanged,
    NotAsBelieved,
    Events(Vec<D::Event>, F),
}

/// Decides `command` on what is known, and takes the events in at once.
fn decide<D: Aggregate>(
    id: D::Id,
    known: Option<&mut Known<D>>,
    command: &D::Command,
    meta: Meta,
    believed: impl Fn(&D) -> bool,
) -> Decided<D> {
    let Some(known) = known else { return Decided::Unknown };
    let events = match known.state.decide(command) {
        Ok(events) if events.is_empty() => return Decided::Unchanged,
        Ok(_) | Err(_) if !believed(&known.state) => return Decided::NotAsBelieved,
        Ok(events) => events,
        Err(refusal) => return Decided::Refused(refusal),
    };
    let expected = known.version;
    let mut encoded = SmallVec::with_capacity(events.len());
    for event in &events {
        encoded.push(event.encode());
        known.state.evolve(event);
        known.version += 1;
    }
    let append = Append { stream: id.into(), expected, meta, events: encoded };
    Decided::Events(events, append)
}
