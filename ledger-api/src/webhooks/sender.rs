//! Sends one message to one address, and says how it was answered.

use std::time::{Duration, Instant};

use catalogue_sync::fetch::address::{self, PublicOnly};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use url::Url;

/// The most of an answer that is kept, in bytes.
const EXCERPT_MAX: usize = 1024;

/// The longest pause that a receiver may ask for.
const PAUSE_MAX: TimeDelta = TimeDelta::days(1);

/// How long a message may take, from the name's address to the end of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// How a message was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Its HTTP status; `None` when there was no answer.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub took: u32,
    /// The beginning of its body, or why there was none.
    pub excerpt: String,
    /// How long to wait before the next try, as it asks.
    pub retry_after: Option<TimeDelta>,
}

impl Answered {
    /// Whether the message was taken.
    pub fn taken(&self) -> bool {
        self.status.is_some_and(|it| (200..300).contains(&it))
    }

    /// Whether nothing must ever be sent there again (410).
    pub fn gone(&self) -> bool {
        self.status == Some(410)
    }
}

/// Sends messages; cheap to clone.
#[derive(Clone, Debug)]
pub struct Sender {
    client: Client,
    local: bool,
}

/// One message to be sent.
#[derive(Clone, Debug)]
pub struct Signed<'a> {
    /// Its id.
    pub id: &'a str,
    /// When it is sent.
    pub at: DateTime<Utc>,
    /// `webhook-signature`.
    pub signature: &'a str,
    /// Its JSON.
    pub body: Vec<u8>,
}

impl Sender {
    /// Asks public addresses only, unless `local`; follows no redirection, and no proxy.
    pub fn new(local: bool) -> Result<Self, reqwest::Error> {
        let mut client = Client::builder().no_proxy();
        if !local {
            client = client.dns_resolver(PublicOnly);
        }
        let client = client
            .user_agent(concat!("compte-ressources-webhooks/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(TIMEOUT)
            .pool_max_idle_per_host(64)
            .tcp_nodelay(true)
            .build()?;
        Ok(Self { client, local })
    }

    /// Whether messages may be sent to `address` at all; why not, in English.
    pub fn may_ask(&self, address: &str) -> Result<Url, String> {
        let url = Url::parse(address).map_err(|it| it.to_string())?;
        address::check(&url, self.local).map_err(|it| it.to_string())?;
        Ok(url)
    }

    /// Sends it, and waits for the answer.
    pub async fn send(&self, address: &str, signed: Signed<'_>) -> Answered {
        let began = Instant::now();
        let took = || u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        let failed = |excerpt: String| Answered {
            status: None,
            took: took(),
            excerpt: excerpt.chars().take(EXCERPT_MAX).collect(),
            retry_after: None,
        };
        let url = match self.may_ask(address) {
            Ok(url) => url,
            Err(why) => return failed(why),
        };
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", signed.id)
            .header("webhook-timestamp", signed.at.timestamp())
            .header("webhook-signature", signed.signature)
            .body(signed.body);
        match request.send().await {
            Ok(response) => {
                let (status, retry_after) = (response.status().as_u16(), pause(&response));
                let excerpt = excerpt(response).await;
                Answered { status: Some(status), took: took(), excerpt, retry_after }
            }
            Err(error) => failed(whole(&error)),
        }
    }
}

/// The error and what caused it, without the address.
fn whole(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(it) = cause {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&it.to_string());
        cause = it.source();
    }
    if text.is_empty() { "no answer".to_owned() } else { text }
}

fn pause(response: &Response) -> Option<TimeDelta> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    let seconds: u32 = text.trim().parse().ok()?;
    Some(TimeDelta::seconds(i64::from(seconds)).min(PAUSE_MAX))
}

/// The beginning of its body; what is longer is not read.
async fn excerpt(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > EXCERPT_MAX {
            break;
        }
    }
    bytes.truncate(EXCERPT_MAX);
    String::from_utf8_lossy(&bytes).replace(char::is_control, " ")
}
