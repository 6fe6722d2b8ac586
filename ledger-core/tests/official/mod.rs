//! The official client as an adapter of the log: as little as it takes, one append at a time, and
//! positions counted by reading all again from where they were counted last.

use std::sync::Arc;

use kurrentdb::{
    AppendToStreamOptions, Client, CurrentRevision, Error, EventData, Position as Place,
    ReadAllOptions, ReadStreamOptions, StreamPosition, StreamState, SubscribeToAllOptions,
    SubscriptionFilter,
};
use ledger_core::event_log::{
    Append, AppendError, Appended, EventLog, LogError, Position, Recorded,
};
use ledger_core::meta::Meta;
use ledger_core::stream::StreamId;
use tokio::sync::{Mutex, mpsc, oneshot};

type Outcome = Result<Appended, AppendError>;

/// A log; a clone is the same log.
#[derive(Clone)]
pub struct Official {
    client: Client,
    counted: Arc<Mutex<Vec<Place>>>,
    queue: mpsc::UnboundedSender<(Vec<Append>, oneshot::Sender<Vec<Outcome>>)>,
}

const PREFIX: &str = "official.";

impl Official {
    /// The log on the servers of `url`.
    pub fn open(url: &str) -> Self {
        let client = Client::new(url.parse().unwrap()).unwrap();
        let (queue, mut waiting) =
            mpsc::unbounded_channel::<(Vec<Append>, oneshot::Sender<Vec<Outcome>>)>();
        let log = Self { client, counted: Arc::default(), queue };
        let writer = Self { queue: mpsc::unbounded_channel().0, ..log.clone() };
        tokio::spawn(async move {
            while let Some((appends, caller)) = waiting.recv().await {
                let mut outcomes = Vec::new();
                for append in appends {
                    outcomes.push(writer.write(append).await);
                }
                let _gone = caller.send(outcomes);
            }
        });
        log
    }

    fn queued(&self, appends: Vec<Append>) -> oneshot::Receiver<Vec<Outcome>> {
        let (caller, outcomes) = oneshot::channel();
        self.queue.send((appends, caller)).unwrap();
        outcomes
    }

    async fn write(&self, append: Append) -> Outcome {
        let Append { stream, expected, meta, events } = append;
        if events.is_empty() {
            return Err(AppendError::Empty { stream });
        }
        let state = match expected.checked_sub(1) {
            None => StreamState::NoStream,
            Some(it) => StreamState::StreamRevision(it.min(i64::MAX.cast_unsigned())),
        };
        let options = AppendToStreamOptions::default().stream_state(state);
        let event = |(name, schema, body): (&str, u16, Vec<u8>)| {
            let metadata = serde_json::to_vec(&(meta, schema)).unwrap();
            EventData::binary(name, body.into()).metadata(metadata.into())
        };
        let events: Vec<_> =
            events.into_iter().map(|it| event((it.name, it.schema, it.body))).collect();
        match self.client.append_to_stream(format!("{PREFIX}{stream}"), &options, events).await {
            Ok(done) => {
                let place = Place { commit: done.position.commit, prepare: done.position.prepare };
                let counted = self.count().await?;
                let index = counted.iter().position(|it| it.commit == place.commit).unwrap();
                let version = done.next_expected_version + 1;
                Ok(Appended { version, position: index as Position + 1 })
            }
            Err(Error::WrongExpectedVersion { current, .. }) => {
                let actual = match current {
                    CurrentRevision::Current(it) => it + 1,
                    CurrentRevision::NoStream => 0,
                };
                Err(AppendError::Conflict { stream, expected, actual })
            }
            Err(error) => Err(LogError::Uncertain(error.to_string()).into()),
        }
    }

    /// The places of all our events.
    async fn count(&self) -> Result<Vec<Place>, LogError> {
        let mut counted = self.counted.lock().await;
        let filter = SubscriptionFilter::on_stream_name().add_prefix(PREFIX);
        let from = counted.last().copied();
        let options = ReadAllOptions::default().filter(filter);
        let options = match from {
            Some(it) => options.position(StreamPosition::Position(it)),
            None => options.position(StreamPosition::Start),
        };
        let failed = |error: Error| LogError::Unavailable(error.to_string());
        let mut read = self.client.read_all(&options).await.map_err(failed)?;
        while let Some(event) = read.next().await.map_err(failed)? {
            let place = event.get_original_event().position;
            if from.is_none_or(|it| it.commit < place.commit) {
                counted.push(place);
            }
        }
        Ok(counted.clone())
    }
}

fn recorded(event: &kurrentdb::RecordedEvent, counted: &[Place]) -> Recorded {
    let (meta, schema): (Meta, u16) = serde_json::from_slice(&event.custom_metadata).unwrap();
    let place = counted.iter().position(|it| it.commit == event.position.commit);
    let stream: StreamId = event.stream_id().strip_prefix(PREFIX).unwrap().parse().unwrap();
    Recorded {
        position: place.unwrap() as Position + 1,
        stream,
        version: event.revision + 1,
        meta,
        name: event.event_type.as_str().into(),
        schema,
        body: event.data.clone(),
    }
}

impl EventLog for Official {
    fn append(&self, append: Append) -> impl Future<Output = Outcome> + Send {
        let outcome = self.queued(vec![append]);
        async { outcome.await.unwrap().remove(0) }
    }

    fn append_many(&self, appends: Vec<Append>) -> impl Future<Output = Vec<Outcome>> + Send {
        let outcomes = self.queued(appends);
        async { outcomes.await.unwrap() }
    }

    async fn read_stream(&self, stream: StreamId, after: u64) -> Result<Vec<Recorded>, LogError> {
        if i64::try_from(after).is_err() {
            return Ok(Vec::new());
        }
        let counted = self.count().await?;
        let options = ReadStreamOptions::default().position(StreamPosition::Position(after));
        let failed = |error: Error| LogError::Unavailable(error.to_string());
        let name = format!("{PREFIX}{stream}");
        let mut read = self.client.read_stream(name, &options).await.map_err(failed)?;
        let mut events = Vec::new();
        loop {
            match read.next().await {
                Ok(Some(event)) => events.push(recorded(event.get_original_event(), &counted)),
                Ok(None) | Err(Error::ResourceNotFound) => return Ok(events),
                Err(error) => return Err(failed(error)),
            }
        }
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, LogError> {
        let counted = self.count().await?;
        let first = usize::try_from(after).ok().and_then(|it| counted.get(it));
        let (Some(first), true) = (first, limit > 0) else { return Ok(Vec::new()) };
        let filter = SubscriptionFilter::on_stream_name().add_prefix(PREFIX);
        let from = StreamPosition::Position(*first);
        let options = ReadAllOptions::default().filter(filter).position(from).max_count(limit);
        let failed = |error: Error| LogError::Unavailable(error.to_string());
        let mut read = self.client.read_all(&options).await.map_err(failed)?;
        let mut events = Vec::new();
        while let Some(event) = read.next().await.map_err(failed)? {
            events.push(recorded(event.get_original_event(), &counted));
        }
        Ok(events)
    }

    async fn end(&self) -> Result<Position, LogError> {
        Ok(self.count().await?.len() as Position)
    }

    async fn wait_past(&self, after: Position) -> Result<Position, LogError> {
        let filter = SubscriptionFilter::on_stream_name().add_prefix(PREFIX);
        let options = SubscribeToAllOptions::default().filter(filter);
        let mut subscription = self.client.subscribe_to_all(&options).await;
        loop {
            let end = self.end().await?;
            if end > after {
                return Ok(end);
            }
            subscription.next().await.map_err(|it| LogError::Unavailable(it.to_string()))?;
        }
    }
}
