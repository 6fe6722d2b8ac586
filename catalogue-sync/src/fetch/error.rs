//! Why a partner's site gave nothing that can be read.

/// Each says what happened, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address may not be asked.
    #[error("{url} {reason}")]
    Address {
        /// Which one.
        url: String,
        /// Why not.
        reason: &'static str,
    },
    /// No answer at all.
    #[error("{url} cannot be reached: {reason}")]
    Unreachable {
        /// Which one.
        url: String,
        /// What the network says.
        reason: String,
    },
    /// Silent, or slow, for too long.
    #[error("{url} did not answer in time")]
    TimedOut {
        /// Which one.
        url: String,
    },
    /// Cut off before its end, or wrongly compressed.
    #[error("{url}: the answer was cut off or is wrongly compressed ({reason})")]
    Interrupted {
        /// Which one.
        url: String,
        /// What the network says.
        reason: String,
    },
    /// Another status than 200 or 304.
    #[error("{url} answered {status}{}", match .retry_after { Some(it) => format!(" and asks to come back in {it} s"), None => String::new() })]
    Status {
        /// Which one.
        url: String,
        /// The status.
        status: u16,
        /// In seconds, when the site says so.
        retry_after: Option<u64>,
    },
    /// Sent to another host, or round in circles.
    #[error("{url} redirects to {to}: only redirections within the same host are followed")]
    Redirected {
        /// Which one.
        url: String,
        /// Where to.
        to: String,
    },
    /// More bytes than are read.
    #[error("{url}: the answer is over {max} bytes")]
    TooLarge {
        /// Which one.
        url: String,
        /// How many are read.
        max: usize,
    },
    /// Another type than the feed's.
    #[error("{url}: the answer is {found}, expected {expected}")]
    ContentType {
        /// Which one.
        url: String,
        /// What it says it is.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// There is no room for the answer on this machine.
    #[error("the answer cannot be kept while it is read: {0}")]
    Disk(String),
    /// This program cannot ask anything.
    #[error("no HTTP client: {0}")]
    Client(String),
}
