//! `BatchAppend` and `Append`, as the server does them.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use prost::Message as _;
use serde::de::IgnoredAny;
use tonic::{Code, Request, Response, Status, Streaming};
use uuid::Uuid;

use super::service::Caller;
use super::{APPEND_BYTES_MAX, Fault};
use crate::event_log::kurrentdb::wire::{
    Any, AppendAnswer, AppendDone, AppendOutcome, AppendPiece, AppendWrong, Asked, BatchAppend,
    BatchAppended, BatchOptions, BatchOutcome, Current, DoneAt, Empty, Expected, Failure, Id,
    Piece, Proposed, TooManyBytes, Wrong, WrongVersion,
};

/// What became of an append.
enum Became {
    Done(AppendDone),
    /// The stream ends here.
    Wrong(Option<u64>),
    TooLarge,
    Failed(Failure),
    /// The caller is to be told by the end of its call.
    Ended(Status),
}

impl Caller {
    /// Commits one append, or does to it what was ordered.
    async fn append(&self, options: &BatchOptions, events: &[Proposed]) -> Became {
        let (Some(stream), Some(expected)) = (&options.stream, options.expected) else {
            return Became::Failed(failure(Code::InvalidArgument, "BadRequest", Bytes::new()));
        };
        if let Err(status) = self.leads() {
            return Became::Ended(status);
        }
        for event in events {
            self.judge(event);
        }
        let bytes: usize = events.iter().map(|it| it.data.len() + it.metadata.len()).sum();
        if bytes > APPEND_BYTES_MAX {
            return Became::TooLarge;
        }
        let fault = self.shared.faults.lock().pop_front();
        let told_late = match fault {
            Some(Fault::DropBeforeCommit) => return self.drop_connection().await,
            Some(Fault::Busy) => {
                return Became::Failed(Failure {
                    code: 0,
                    message: "Server Is Busy".into(),
                    details: None,
                });
            }
            Some(Fault::WrongVersion) => return Became::Wrong(Some(41)),
            Some(Fault::Slow(time)) => {
                tokio::time::sleep(time).await;
                false
            }
            Some(Fault::TimeoutAfterCommit) => true,
            Some(Fault::DropAfterCommit | Fault::AnswersReversed(_)) | None => false,
        };
        let written = self.shared.write(stream, expected, events);
        if let Some(Fault::DropAfterCommit) = fault {
            return self.drop_connection().await;
        }
        match written {
            Ok(_) if told_late => {
                Became::Failed(failure(Code::DeadlineExceeded, "Timeout", Bytes::new()))
            }
            Ok(it) => Became::Done(AppendDone {
                current: Some(Current::Revision(it.revision)),
                // As a server that does not remember where it was.
                at: Some(if it.before {
                    DoneAt::Nowhere(Empty {})
                } else {
                    DoneAt::Position(it.commit.into())
                }),
            }),
            Err(current) => Became::Wrong(current),
        }
    }

    /// Notes what a client must not send.
    fn judge(&self, event: &Proposed) {
        let system = |key: &str| event.system.iter().find(|it| it.key == key).map(|it| &it.value);
        if event.id.as_ref().and_then(Id::uuid).is_none() {
            self.complain("an event has no id");
        }
        if system("type").is_none_or(Bytes::is_empty) {
            self.complain("an event has no type");
        }
        let is_json = |bytes: &[u8]| serde_json::from_slice::<IgnoredAny>(bytes).is_ok();
        match system("content-type").map(|it| &it[..]) {
            Some(b"application/json") if !is_json(&event.data) => {
                self.complain("an event says that it is JSON, and is not");
            }
            Some(b"application/json" | b"application/octet-stream") => (),
            _ => self.complain("an event does not say what it is"),
        }
        if !event.metadata.is_empty() && !is_json(&event.metadata) {
            self.complain("an event's metadata is not JSON");
        }
    }

    /// The connection breaks, and the append is never heard of again.
    async fn drop_connection(&self) -> Became {
        self.drop.notify_one();
        std::future::pending().await
    }
}

fn failure(code: Code, kind: &str, value: Bytes) -> Failure {
    let url = format!("type.googleapis.com/event_store.client.{kind}");
    Failure { code: code as i32, message: kind.into(), details: Some(Any { url, value }) }
}

/// One `BatchAppend` call.
struct Batch {
    caller: Caller,
    messages: Streaming<BatchAppend>,
    begun: HashMap<Uuid, BatchAppend>,
    /// Answers that are told in the other order once there are so many of them.
    held: (usize, Vec<BatchAppended>),
    answers: VecDeque<BatchAppended>,
}

impl Batch {
    async fn next(&mut self) -> Option<Result<BatchAppended, Status>> {
        loop {
            if let Some(answer) = self.answers.pop_front() {
                return Some(Ok(answer));
            }
            let Ok(Some(message)) = self.messages.message().await else { return None };
            if let Some(Fault::AnswersReversed(count)) = self.caller.shared.faults.lock().front() {
                self.held.0 = *count;
            }
            let answer = match self.take(message).await {
                Ok(Some(answer)) => answer,
                Ok(None) => continue,
                Err(status) => return Some(Err(status)),
            };
            self.held.1.push(answer);
            if self.held.1.len() >= self.held.0 {
                self.held.0 = 0;
                self.answers.extend(self.held.1.drain(..).rev());
            }
        }
    }

    /// Takes a message; the answer if it was the last one of its append.
    async fn take(&mut self, message: BatchAppend) -> Result<Option<BatchAppended>, Status> {
        let id = message.correlation.as_ref().and_then(Id::uuid);
        let id = id.ok_or_else(|| Status::invalid_argument("an append has no correlation id"))?;
        let is_final = message.is_final;
        let append = match self.begun.remove(&id) {
            Some(mut begun) => {
                begun.events.extend(message.events);
                begun
            }
            None => message,
        };
        if !is_final {
            self.begun.insert(id, append);
            return Ok(None);
        }
        let options = append.options.unwrap_or_default();
        if options.deadline.is_none() {
            self.caller.complain("an append has no deadline");
        }
        let outcome = match self.caller.append(&options, &append.events).await {
            Became::Done(done) => BatchOutcome::Done(done),
            Became::Failed(failure) => BatchOutcome::Failed(failure),
            Became::Ended(status) => return Err(status),
            Became::TooLarge => {
                let max = u32::try_from(APPEND_BYTES_MAX).unwrap_or(u32::MAX);
                let value = TooManyBytes { max }.encode_to_vec().into();
                let kind = "MaximumAppendSizeExceeded";
                BatchOutcome::Failed(failure(Code::InvalidArgument, kind, value))
            }
            Became::Wrong(current) => {
                let current = current.map_or(Current::NoStream(Empty {}), Current::Revision);
                let value = WrongVersion { current: Some(current) }.encode_to_vec().into();
                BatchOutcome::Failed(failure(Code::AlreadyExists, "WrongExpectedVersion", value))
            }
        };
        let (correlation, stream) = (append.correlation, options.stream);
        Ok(Some(BatchAppended { correlation, stream, outcome: Some(outcome) }))
    }
}

/// `Streams/BatchAppend`: says nothing, not even that it is there, before the first answer.
pub(super) async fn batch(
    caller: Caller,
    request: Request<Streaming<BatchAppend>>,
) -> Result<Response<impl Stream<Item = Result<BatchAppended, Status>> + Send>, Status> {
    caller.admit(request.metadata())?;
    let mut batch = Batch {
        caller,
        messages: request.into_inner(),
        begun: HashMap::new(),
        held: (0, Vec::new()),
        answers: VecDeque::new(),
    };
    let first = batch.next().await;
    let first = match first {
        Some(Err(status)) => return Err(status),
        first => stream::iter(first),
    };
    let rest = stream::unfold(batch, async |mut batch| Some((batch.next().await?, batch)));
    Ok(Response::new(first.chain(rest)))
}

/// `Streams/Append`.
pub(super) async fn one(
    caller: Caller,
    request: Request<Streaming<AppendPiece>>,
) -> Result<Response<AppendAnswer>, Status> {
    caller.admit(request.metadata())?;
    let mut pieces = request.into_inner();
    let (mut options, mut events) = (None, Vec::new());
    while let Some(it) = pieces.message().await? {
        match it.piece {
            Some(Piece::Options(it)) => options = Some(it),
            Some(Piece::Event(it)) => events.push(it),
            None => caller.complain("a piece of an append is empty"),
        }
    }
    let options = options.ok_or_else(|| Status::invalid_argument("no options"))?;
    let outcome = match caller.append(&options, &events).await {
        Became::Done(done) => AppendOutcome::Done(done),
        Became::Wrong(current) => {
            let current = Some(current.map_or(Wrong::NoStream(Empty {}), Wrong::Revision));
            let expected = options.expected.map(|it| match it {
                Expected::Revision(it) => Asked::Revision(it),
                Expected::NoStream(it) => Asked::NoStream(it),
                Expected::Any(it) => Asked::Any(it),
                Expected::Exists(it) => Asked::Exists(it),
            });
            AppendOutcome::Wrong(AppendWrong { current, expected })
        }
        Became::TooLarge => return Err(Status::invalid_argument("Maximum Append Size Exceeded.")),
        Became::Failed(it) => return Err(Status::new(Code::from(it.code), it.message)),
        Became::Ended(status) => return Err(status),
    };
    Ok(Response::new(AppendAnswer { outcome: Some(outcome) }))
}
