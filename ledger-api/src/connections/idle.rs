//! Whether a connection of HTTP/2 has requests under way, and since when it has none.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use parking_lot::Mutex;

/// What one connection is at; cheap to clone.
#[derive(Clone)]
pub(super) struct Idle(Arc<Mutex<Since>>);

struct Since {
    under_way: usize,
    last: Instant,
}

/// A request under way, until this is dropped.
pub(super) struct Busy(Idle);

impl Default for Idle {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Since { under_way: 0, last: Instant::now() })))
    }
}

impl Idle {
    /// A request begins.
    pub(super) fn begin(&self) -> Busy {
        self.0.lock().under_way += 1;
        Busy(self.clone())
    }

    /// Counts from now on.
    pub(super) fn touch(&self) {
        self.0.lock().last = Instant::now();
    }

    /// Waits until no request was under way for so long.
    pub(super) async fn lasts(&self, within: Duration) {
        loop {
            let left = self.left(within);
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }

    fn left(&self, within: Duration) -> Duration {
        let since = self.0.lock();
        if since.under_way > 0 { within } else { within.saturating_sub(since.last.elapsed()) }
    }
}

impl Busy {
    /// The answer, which is under way until all of it is sent.
    pub(super) fn until_sent(self, answer: Response) -> Response {
        answer.map(|body| Body::new(Sending { body, _busy: self }))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut since = self.0.0.lock();
        since.under_way -= 1;
        since.last = Instant::now();
    }
}

struct Sending {
    body: Body,
    _busy: Busy,
}

impl HttpBody for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
