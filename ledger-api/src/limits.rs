//! How often a client may call, and how often a wrong secret is looked at.
//!
//! ```text
//!  access token ─▶ client ─▶ its bucket: a call left? ─▶ route ─▶ RateLimit, RateLimit-Policy
//!                                 │ none
//!                                 └─▶ 429 too-many-requests, Retry-After
//! ```
//! A bucket holds `burst` calls and fills at a steady rate (GCRA). Headers are those of the IETF's
//! draft-ietf-httpapi-ratelimit-headers-10.
//!
//! A right secret is always taken, however many wrong ones came before: else anybody who knows a
//! client's id could shut it out. Secrets are 256 random bits, which nobody guesses.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use axum::http::header::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use ledger_core::ids::ClientId;
use rustc_hash::FxBuildHasher;

use crate::api::caller::bearer;
use crate::app::App;
use crate::problem::{Problem, kinds};
use crate::tls::ClientCertificate;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Wrong secrets: of one client, or from one address, in a minute.
const WRONG_SECRETS: Rate = match (NonZeroU32::new(30), NonZeroU32::new(10)) {
    (Some(per_minute), Some(burst)) => Rate { per_minute, burst },
    _ => unreachable!(),
};

/// From how many keys on those whose bucket is full again are forgotten.
const KEYS_MAX: usize = 10_000;

/// How often something may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many a minute, when they come steadily; at most 60,000,000.
    pub per_minute: NonZeroU32,
    /// How many at once.
    pub burst: NonZeroU32,
}

impl Rate {
    /// Of a client, unless `LEDGER_RATE_LIMIT` says otherwise.
    pub const DEFAULT: Self = match (NonZeroU32::new(100_000), NonZeroU32::new(5_000)) {
        (Some(per_minute), Some(burst)) => Self { per_minute, burst },
        _ => unreachable!(),
    };

    fn period(self) -> Duration {
        Duration::from_mins(1) / self.per_minute.get()
    }

    fn quota(self) -> Quota {
        let quota = Quota::with_period(self.period());
        // The period is at least a microsecond.
        quota.unwrap_or(Quota::per_second(NonZeroU32::MAX)).allow_burst(self.burst)
    }

    /// In how many whole seconds `calls` come back; rounded up.
    fn seconds(self, calls: u32) -> u64 {
        (u64::from(calls) * 60).div_ceil(u64::from(self.per_minute.get()))
    }
}

impl FromStr for Rate {
    type Err = ();

    /// `100000/5000`: calls a minute, and how many of them at once; a twentieth when left out.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (per_minute, burst) = text.split_once('/').unwrap_or((text, ""));
        let per_minute: NonZeroU32 = per_minute.parse().map_err(|_| ())?;
        if per_minute.get() > 60_000_000 {
            return Err(());
        }
        let burst = match burst {
            "" if text.contains('/') => return Err(()),
            "" => NonZeroU32::new(per_minute.get() / 20).unwrap_or(NonZeroU32::MIN),
            burst => burst.parse().map_err(|_| ())?,
        };
        Ok(Self { per_minute, burst })
    }
}

type Buckets<K, S> =
    RateLimiter<K, DashMapStateStore<K, S>, DefaultClock, StateInformationMiddleware>;

/// The buckets of all clients, and of who gave a wrong secret.
pub struct Limits {
    calls: Option<Calls>,
    wrong_of_client: Buckets<ClientId, FxBuildHasher>,
    // Addresses are whoever calls' to choose: hashed with a key of the process.
    wrong_from: Buckets<IpAddr, std::hash::RandomState>,
}

struct Calls {
    rate: Rate,
    policy: HeaderValue,
    buckets: Buckets<ClientId, FxBuildHasher>,
}

/// Where a client stands after a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    policy: HeaderValue,
    /// How many calls are left at once.
    left: u32,
    /// In how many seconds the bucket is full again.
    full_in: u64,
}

/// There is nothing left; a call may succeed in so many seconds, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Rounded up.
    pub seconds: u64,
}

impl Limits {
    /// Clients may call at `rate`, or as often as they like.
    pub fn new(rate: Option<Rate>) -> Self {
        Self {
            calls: rate.map(Calls::new),
            wrong_of_client: buckets(WRONG_SECRETS),
            wrong_from: buckets(WRONG_SECRETS),
        }
    }

    /// Takes one call of `client`; `None` when calls are not counted.
    pub fn call(&self, client: ClientId) -> Option<Result<Standing, (Standing, Spent)>> {
        self.calls.as_ref().map(|it| it.take(client))
    }

    /// Notes a wrong secret of `client`, from `address` if it is known.
    pub fn wrong_secret(
        &self,
        client: Option<ClientId>,
        address: Option<IpAddr>,
    ) -> Result<(), Spent> {
        let of_client = client.map_or(Ok(()), |it| noted(&self.wrong_of_client, &it));
        let from = address.map_or(Ok(()), |it| noted(&self.wrong_from, &network(it)));
        of_client.and(from)
    }
}

impl Calls {
    fn new(rate: Rate) -> Self {
        let policy = format!("\"client\";q={};w={}", rate.burst, rate.seconds(rate.burst.get()));
        // Digits and names: always a header.
        let policy =
            HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("\"client\""));
        Self { rate, policy, buckets: buckets(rate) }
    }

    fn take(&self, client: ClientId) -> Result<Standing, (Standing, Spent)> {
        let standing = |left: u32| {
            let full_in = self.rate.seconds(self.rate.burst.get().saturating_sub(left));
            Standing { policy: self.policy.clone(), left, full_in }
        };
        match self.buckets.check_key(&client) {
            Ok(state) => Ok(standing(state.remaining_burst_capacity())),
            Err(until) => {
                let wait = until.wait_time_from(self.buckets.clock().now());
                Err((standing(0), Spent::after(wait)))
            }
        }
    }
}

fn buckets<K, S>(rate: Rate) -> Buckets<K, S>
where
    K: std::hash::Hash + Eq + Clone,
    S: std::hash::BuildHasher + Clone + Default,
{
    RateLimiter::dashmap_with_hasher(rate.quota(), S::default()).with_middleware()
}

fn noted<K, S>(buckets: &Buckets<K, S>, key: &K) -> Result<(), Spent>
where
    K: std::hash::Hash + Eq + Clone,
    S: std::hash::BuildHasher + Clone,
{
    if buckets.len() > KEYS_MAX {
        buckets.retain_recent();
    }
    let noted = buckets.check_key(key);
    noted.map(|_| ()).map_err(|it| Spent::after(it.wait_time_from(buckets.clock().now())))
}

/// Who has an IPv6 address has the 2⁶⁴ others of its network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        it @ IpAddr::V4(_) => it,
        IpAddr::V6(it) => IpAddr::V6((it.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

impl Spent {
    fn after(wait: Duration) -> Self {
        let begun = u64::from(wait.subsec_nanos() > 0);
        Self { seconds: (wait.as_secs() + begun).max(1) }
    }

    /// As the API tells it.
    pub fn problem(&self, detail: impl fmt::Display) -> Problem {
        Problem::new(&kinds::TOO_MANY_REQUESTS, detail).with("retry_after_seconds", self.seconds)
    }
}

impl Standing {
    /// Tells a client where it stands.
    pub fn tell(self, headers: &mut HeaderMap) {
        headers.insert(RATE_LIMIT_POLICY, self.policy);
        let standing = format!("\"client\";r={};t={}", self.left, self.full_in);
        if let Ok(standing) = HeaderValue::try_from(standing) {
            headers.insert(RATE_LIMIT, standing);
        }
    }
}

/// A client's call that may go on, or not.
pub struct Counted {
    /// Whose token it came with.
    pub client: ClientId,
    /// Where that client stands; `None` when calls are not counted.
    pub standing: Option<Standing>,
    /// Why it does not go on.
    pub refused: Option<Problem>,
}

/// Reads the token of a call to the API, for its handler too, and takes the call from its client's
/// bucket; `None` for a call without a valid token, which its handler refuses or does not need.
pub fn count(app: &App, request: &mut Request) -> Option<Counted> {
    let token = bearer(request.headers())?;
    let now = app.clock.outside();
    let shown = ClientCertificate::of(request.extensions(), now);
    let proof = app.tokens.read(token, now, shown).ok()?;
    let client = proof.client;
    request.extensions_mut().insert(proof);
    let (standing, refused) = match app.limits.call(client) {
        None => (None, None),
        Some(Ok(standing)) => (Some(standing), None),
        Some(Err((standing, spent))) => {
            let detail = format!(
                "this client calls more often than it may: send the request again in {} s; \
                 RateLimit-Policy says how often it may call",
                spent.seconds
            );
            (Some(standing), Some(spent.problem(detail)))
        }
    };
    Some(Counted { client, standing, refused })
}

/// Whom a request came from, as the socket says; `None` when it came from none.
pub fn address(extensions: &axum::http::Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn rate(text: &str) -> Rate {
        text.parse().unwrap()
    }

    fn client(n: u128) -> ClientId {
        ClientId(Uuid::from_u128(n))
    }

    #[test]
    fn a_rate_is_calls_a_minute_and_how_many_at_once() {
        assert_eq!(rate("100000/5000"), Rate::DEFAULT);
        assert_eq!(rate("100000"), Rate::DEFAULT);
        assert_eq!(rate("3").burst.get(), 1);
        for wrong in ["", "0", "1/0", "1/", "/1", "1/2/3", "-1", "many", "60000001", "4294967296"] {
            assert_eq!(wrong.parse::<Rate>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn a_client_that_spent_its_calls_waits_and_no_other_does() {
        let limits = Limits::new(Some(rate("2/3")));
        for left in [2, 1, 0] {
            let standing = limits.call(client(1)).unwrap().unwrap();
            assert_eq!((standing.left, standing.full_in), (left, u64::from(3 - left) * 30));
            assert_eq!(standing.policy, "\"client\";q=3;w=90");
        }
        let (standing, spent) = limits.call(client(1)).unwrap().unwrap_err();
        assert_eq!((standing.left, spent.seconds), (0, 30));
        assert_eq!(limits.call(client(2)).unwrap().unwrap().left, 2);
        assert_eq!(Limits::new(None).call(client(1)), None);
    }

    #[test]
    fn calls_come_back_with_time() {
        let limits = Limits::new(Some(rate("60000/1")));
        assert!(limits.call(client(1)).unwrap().is_ok());
        std::thread::sleep(Duration::from_millis(20));
        assert!(limits.call(client(1)).unwrap().is_ok());
    }

    #[test]
    fn wrong_secrets_are_counted_by_client_and_by_network() {
        let (one, other) = ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
        let limits = Limits::new(None);
        for n in 0..10 {
            assert_eq!(limits.wrong_secret(Some(client(n)), Some(one)), Ok(()));
        }
        assert!(limits.wrong_secret(Some(client(11)), Some(other)).is_err());
        assert_eq!(limits.wrong_secret(Some(client(12)), "192.0.2.1".parse().ok()), Ok(()));
        for _ in 0..9 {
            assert_eq!(limits.wrong_secret(Some(client(12)), None), Ok(()));
        }
        let spent = limits.wrong_secret(Some(client(12)), None).unwrap_err();
        assert_eq!(spent.seconds, 2);
    }
}
