//! `Read`: pages of a stream or of `$all`, and subscriptions.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::sync::watch;
use tonic::{Request, Response, Status};

use super::service::Caller;
use super::store::Store;
use crate::event_log::kurrentdb::wire::{
    AllFrom, Answer, Called, Confirmed, Empty, EventAt, Filter, FilterOn, FilterWindow, Id,
    IdValue, IdsAs, NoSuchStream, Read, ReadCount, ReadEvent, ReadFilter, ReadFrom, ReadOptions,
    ReadStream, Stored, StreamFrom, Told,
};

/// How many events a subscription takes at once from the store.
const PAGE: usize = 256;

type Answers = BoxStream<'static, Result<Answer, Status>>;

/// `Streams/Read`.
pub(super) fn read(caller: Caller, request: Request<Read>) -> Result<Response<Answers>, Status> {
    caller.admit(request.metadata())?;
    caller.leads_if_asked(request.metadata())?;
    let options = request.into_inner().options.unwrap_or_default();
    let text = match options.ids.and_then(|it| it.content) {
        Some(IdsAs::Structured(_)) => false,
        Some(IdsAs::Text(_)) => true,
        None => return Err(Status::invalid_argument("'uuidOption' is a required argument")),
    };
    let backwards = options.direction == 1;
    let filter = match &options.filter {
        Some(ReadFilter::Some(filter)) => Some(filter.clone()),
        Some(ReadFilter::None(_)) => None,
        None => return Err(Status::invalid_argument("no filter option")),
    };
    let count = match options.count {
        Some(ReadCount::Count(it)) => Some(usize::try_from(it).unwrap_or(usize::MAX)),
        Some(ReadCount::Subscription(_)) => None,
        None => return Err(Status::invalid_argument("no count option")),
    };
    let from = options.from.clone();
    let from = from.ok_or_else(|| Status::invalid_argument("no stream option"))?;
    match (from, count) {
        (ReadFrom::Stream(from), Some(count)) => {
            let store = caller.shared.store.lock();
            let answers = stream_page(&store, &from, count, &options, text);
            Ok(Response::new(stream::iter(answers.into_iter().map(Ok)).boxed()))
        }
        (ReadFrom::All(from), Some(count)) => {
            let store = caller.shared.store.lock();
            let wanted = |it: &&Stored| filter.as_ref().is_none_or(|filter| passes(filter, it));
            let answers: Vec<Answer> = if backwards {
                let to = match from.from {
                    Some(AllFrom::Position(it)) => place(&store, it.commit)?,
                    Some(AllFrom::End(_)) | None => store.events.len(),
                    Some(AllFrom::Start(_)) => 0,
                };
                let events = store.events[..to].iter().rev().filter(wanted).take(count);
                events.map(|it| event(it, text)).collect()
            } else {
                let from = match from.from {
                    Some(AllFrom::Position(it)) => place(&store, it.commit)?,
                    Some(AllFrom::End(_)) => store.events.len(),
                    Some(AllFrom::Start(_)) | None => 0,
                };
                let events = store.events[from..].iter().filter(wanted).take(count);
                events.map(|it| event(it, text)).collect()
            };
            Ok(Response::new(stream::iter(answers.into_iter().map(Ok)).boxed()))
        }
        (ReadFrom::All(from), None) => {
            let next = match from.from {
                Some(AllFrom::Position(it)) => {
                    let store = caller.shared.store.lock();
                    place(&store, it.commit)? + 1
                }
                Some(AllFrom::End(_)) => caller.shared.store.lock().events.len(),
                Some(AllFrom::Start(_)) | None => 0,
            };
            Ok(Response::new(Subscription::new(caller, filter, next, text).answers()))
        }
        (ReadFrom::Stream(_), None) => {
            Err(Status::unimplemented("the double has subscriptions to $all only"))
        }
    }
}

/// The event at `commit`; past the last one when it is after all. A place between two records is
/// none, as in the server.
fn place(store: &Store, commit: u64) -> Result<usize, Status> {
    let index = store.events.partition_point(|it| it.commit < commit);
    match store.events.get(index) {
        Some(it) if it.commit == commit => Ok(index),
        None => Ok(index),
        Some(_) => Err(Status::unknown("Unexpected FilteredReadAllResult: Error")),
    }
}

fn stream_page(
    store: &Store,
    from: &ReadStream,
    count: usize,
    options: &ReadOptions,
    text: bool,
) -> Vec<Answer> {
    let name = from.stream.clone().unwrap_or_default();
    let Some(events) = store.stream(&name.name) else {
        let stream = Some(name);
        return vec![Answer { told: Some(Told::NoSuchStream(NoSuchStream { stream })) }];
    };
    let index = |revision: u64| usize::try_from(revision).unwrap_or(usize::MAX).min(events.len());
    let told = |at: &usize| event(&store.events[*at], text);
    let mut answers: Vec<Answer> = if options.direction == 1 {
        let to = match from.from {
            Some(StreamFrom::Revision(it)) => index(it.saturating_add(1)),
            Some(StreamFrom::End(_)) | None => events.len(),
            Some(StreamFrom::Start(_)) => events.len().min(1),
        };
        events[..to].iter().rev().take(count).map(told).collect()
    } else {
        let from = match from.from {
            Some(StreamFrom::Revision(it)) => index(it),
            Some(StreamFrom::Start(_)) | None => 0,
            Some(StreamFrom::End(_)) => events.len(),
        };
        events[from..].iter().take(count).map(told).collect()
    };
    if options.control.is_some_and(|it| it.compatibility >= 1) && !events.is_empty() {
        answers.push(Answer { told: Some(Told::Last(events.len() as u64 - 1)) });
    }
    answers
}

fn event(stored: &Stored, text: bool) -> Answer {
    let mut event = stored.clone();
    if text {
        let id = event.id.as_ref().and_then(Id::uuid).unwrap_or_default();
        event.id = Some(Id { value: Some(IdValue::Text(id.to_string())) });
    }
    let at = Some(EventAt::Commit(event.commit));
    Answer { told: Some(Told::Event(ReadEvent { event: Some(event), at })) }
}

/// Whether `filter` lets `event` through.
fn passes(filter: &Filter, event: &Stored) -> bool {
    let called = |it: &Called, name: &[u8]| {
        let prefix = it.prefix.iter().any(|prefix| name.starts_with(prefix.as_bytes()));
        // The one expression that clients send by themselves: no system events.
        prefix || (!it.regex.is_empty() && !name.starts_with(b"$"))
    };
    match &filter.on {
        Some(FilterOn::Stream(it)) => {
            event.stream.as_ref().is_some_and(|name| called(it, &name.name))
        }
        Some(FilterOn::EventType(it)) => event.system("type").is_some_and(|name| called(it, name)),
        None => true,
    }
}

/// One subscription to `$all`.
struct Subscription {
    caller: Caller,
    filter: Option<Filter>,
    text: bool,
    /// The first event that was not looked at.
    next: usize,
    looked_at: usize,
    caught_up: bool,
    ready: VecDeque<Answer>,
    news: watch::Receiver<usize>,
    ended: watch::Receiver<u64>,
    number: u64,
    muted: watch::Receiver<u64>,
}

impl Subscription {
    fn new(caller: Caller, filter: Option<Filter>, next: usize, text: bool) -> Self {
        let confirmed = Told::Confirmed(Confirmed { id: format!("subscription-{next}") });
        let shared = &caller.shared;
        let (news, mut ended) = (shared.news.subscribe(), shared.ended.subscribe());
        ended.mark_unchanged();
        Self {
            news,
            ended,
            number: shared.subscribed.fetch_add(1, Ordering::Relaxed),
            muted: shared.muted.subscribe(),
            caller,
            filter,
            text,
            next,
            looked_at: 0,
            caught_up: false,
            ready: [Answer { told: Some(confirmed) }].into(),
        }
    }

    fn answers(self) -> Answers {
        stream::unfold(self, |mut it| async move { Some((it.next().await?, it)) }).boxed()
    }

    async fn next(&mut self) -> Option<Result<Answer, Status>> {
        loop {
            if self.ended.has_changed().unwrap_or(true) {
                return None;
            }
            if *self.muted.borrow() > self.number {
                let _server_gone = self.ended.changed().await;
                return None;
            }
            if let Some(answer) = self.ready.pop_front() {
                return Some(Ok(answer));
            }
            self.news.mark_unchanged();
            if self.page() {
                continue;
            }
            tokio::select! {
                news = self.news.changed() => news.ok()?,
                _ = self.ended.changed() => return None,
                _ = self.muted.changed() => (),
            }
        }
    }

    /// Takes the next events; false when there are none.
    fn page(&mut self) -> bool {
        let shared = self.caller.shared.clone();
        let store = shared.store.lock();
        let end = store.events.len().min(self.next + PAGE);
        if self.next < end {
            for it in &store.events[self.next..end] {
                self.looked_at += 1;
                match &self.filter {
                    Some(filter) if !passes(filter, it) => (),
                    _ => self.ready.push_back(event(it, self.text)),
                }
            }
            self.next = end;
        }
        let last = store.events.get(end.wrapping_sub(1)).map(|it| it.commit);
        let window = self.filter.as_ref().map(|it| match it.window {
            Some(FilterWindow::Max(max)) => max.saturating_mul(it.checkpoints) as usize,
            Some(FilterWindow::Count(_)) | None => PAGE,
        });
        let catches_up = !self.caught_up && end == store.events.len();
        let due = window.is_some_and(|it| self.looked_at >= it.max(1));
        if let (true, true, Some(last)) = (window.is_some(), due || catches_up, last) {
            self.looked_at = 0;
            self.ready.push_back(Answer { told: Some(Told::Checkpoint(last.into())) });
        }
        if catches_up {
            self.caught_up = true;
            self.ready.push_back(Answer { told: Some(Told::CaughtUp(Empty {})) });
        }
        !self.ready.is_empty() || self.next < store.events.len()
    }
}
