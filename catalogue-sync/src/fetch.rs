//! Asks a partner's site, politely and within limits.
//!
//! Only what is asked is trusted: the same host, the type that was expected, no more bytes than the
//! limit once decompressed, no longer than the deadline. What may pass by itself (a busy or absent
//! server) is asked again a few times, each pause twice as long as the one before, or as long as
//! the server says (`Retry-After`).

pub mod address;
mod answer;
mod body;
mod error;
mod picture;
#[cfg(test)]
mod tests;

use std::time::Duration;

use reqwest::header::{ACCEPT, ETAG, IF_NONE_MATCH};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use url::Url;

use crate::feed::Format;
use address::PublicOnly;
pub use body::Body;
pub use error::FetchError;

/// How far a partner's site is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most a feed in one file may hold, decompressed.
    pub file_bytes_max: usize,
    /// The most a page of a feed that comes in pages may hold, decompressed.
    pub page_bytes_max: usize,
    /// How long a connection may take to open.
    pub connect: Duration,
    /// How long the site may stay silent.
    pub silence: Duration,
    /// How long a whole answer may take.
    pub whole: Duration,
    /// How many times it is asked at most.
    pub attempts_max: u32,
    /// The first pause before it is asked again; doubled each time.
    pub pause: Duration,
    /// The longest pause that is waited for; a site that asks for more is left for the next run.
    pub pause_max: Duration,
    /// Whether private networks are asked too, over plain HTTP and by number: for the demo.
    pub local: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes_max: 2 << 30,
            page_bytes_max: 32 << 20,
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            whole: Duration::from_mins(10),
            attempts_max: 4,
            pause: Duration::from_millis(500),
            pause_max: Duration::from_mins(1),
            local: false,
        }
    }
}

/// What a partner's site answered.
#[derive(Debug)]
pub enum Answer {
    /// Nothing new since the `ETag` that was sent.
    Unchanged,
    /// A whole answer.
    Body {
        /// Its bytes, decompressed.
        body: Body,
        /// Its `ETag`, to be sent next time.
        etag: Option<String>,
    },
}

/// Asks partners' sites.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client,
    limits: Limits,
}

/// How many redirections within one host are followed.
const REDIRECTIONS_MAX: usize = 5;

impl Fetcher {
    /// One that keeps to `limits`.
    pub fn new(limits: Limits) -> Result<Self, FetchError> {
        let policy = Policy::custom(|attempt| {
            let from = attempt.previous().last();
            let same = from.is_some_and(|from| stays(from, attempt.url()));
            if same && attempt.previous().len() <= REDIRECTIONS_MAX {
                attempt.follow()
            } else {
                attempt.stop()
            }
        });
        // A proxy would resolve names itself, and reach what only it sees.
        let mut client = Client::builder().no_proxy();
        if !limits.local {
            client = client.dns_resolver(PublicOnly);
        }
        let client = client
            .user_agent(concat!("compte-ressources-catalogue-sync/", env!("CARGO_PKG_VERSION")))
            .redirect(policy)
            .connect_timeout(limits.connect)
            .read_timeout(limits.silence)
            .timeout(limits.whole)
            .build()
            .map_err(|error| FetchError::Client(error.to_string()))?;
        Ok(Self { client, limits })
    }

    /// Asks for `url`, unless it still has `etag`; again and again while that may help.
    pub async fn get(
        &self,
        url: &Url,
        format: Format,
        etag: Option<&str>,
    ) -> Result<Answer, FetchError> {
        address::check(url, self.limits.local)?;
        let mut pause = self.limits.pause;
        for attempt in 1.. {
            let failure = match self.ask(url, format, etag).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let wait = match failure.again {
                Again::Never => return Err(failure.error),
                Again::Soon => pause,
                Again::After(asked) => asked,
            };
            if attempt >= self.limits.attempts_max || wait > self.limits.pause_max {
                return Err(failure.error);
            }
            tracing::warn!(%url, attempt, "{}: asked again in {wait:?}", failure.error);
            tokio::time::sleep(wait).await;
            pause = pause.saturating_mul(2);
        }
        Err(FetchError::Client("no attempt is allowed".into()))
    }

    async fn ask(&self, url: &Url, format: Format, etag: Option<&str>) -> Result<Answer, Failure> {
        let mut request = self.client.get(url.clone()).header(ACCEPT, answer::accepted(format));
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let response = request.send().await.map_err(|error| Failure::of(url, &error))?;
        match response.status() {
            StatusCode::NOT_MODIFIED if etag.is_some() => Ok(Answer::Unchanged),
            StatusCode::OK => {
                answer::check(&response, format)?;
                let etag = response.headers().get(ETAG).and_then(|it| it.to_str().ok());
                let etag = etag.map(ToOwned::to_owned);
                let body = self.body(url, format, response).await?;
                Ok(Answer::Body { body, etag })
            }
            _ => Err(answer::failure(url, &response)),
        }
    }

    /// The body, up to the limit: counted as it is decompressed, so that a small answer cannot
    /// become a large one. A large one goes to a file: memory holds one piece of it at a time.
    async fn body(
        &self,
        url: &Url,
        format: Format,
        mut response: Response,
    ) -> Result<Body, Failure> {
        let max = match format {
            Format::Json | Format::Oai => self.limits.page_bytes_max,
            Format::Onix | Format::Csv | Format::Gar => self.limits.file_bytes_max,
        };
        let too_large = || Failure::for_good(FetchError::TooLarge { url: url.to_string(), max });
        if response.content_length().is_some_and(|it| it > max as u64) {
            return Err(too_large());
        }
        let mut body = Body::default();
        while let Some(chunk) = response.chunk().await.map_err(|error| Failure::of(url, &error))? {
            if body.len() + chunk.len() > max {
                return Err(too_large());
            }
            body.add(&chunk)
                .map_err(|error| Failure::for_good(FetchError::Disk(error.to_string())))?;
        }
        Ok(body)
    }
}

/// Whether a redirection stays on the host that was asked, and does not give up encryption.
fn stays(from: &Url, to: &Url) -> bool {
    let same_port = from.port_or_known_default() == to.port_or_known_default();
    let upgraded = from.scheme() == "http" && to.scheme() == "https";
    from.host() == to.host() && (upgraded || (from.scheme() == to.scheme() && same_port))
}

/// An attempt that failed, and whether another one may succeed.
struct Failure {
    error: FetchError,
    again: Again,
}

/// Whether it is worth asking again.
enum Again {
    /// The same would be answered.
    Never,
    /// After our own pause.
    Soon,
    /// After the pause that the site asks for.
    After(Duration),
}

impl Failure {
    fn for_good(error: FetchError) -> Self {
        Self { error, again: Again::Never }
    }

    fn may_pass(error: FetchError) -> Self {
        Self { error, again: Again::Soon }
    }

    /// What the client says: most of it is the network's, and may pass.
    fn of(url: &Url, error: &reqwest::Error) -> Self {
        let url = url.to_string();
        if error.is_timeout() {
            return Self::may_pass(FetchError::TimedOut { url });
        }
        let reason = innermost(error);
        if error.is_decode() {
            return Self::may_pass(FetchError::Interrupted { url, reason });
        }
        if error.is_builder() {
            return Self::for_good(FetchError::Unreachable { url, reason });
        }
        Self::may_pass(FetchError::Unreachable { url, reason })
    }
}

/// The cause at the bottom, which says what happened.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
