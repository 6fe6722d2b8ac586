//! What can be asked of the read models: one file per report, each a question of [`Reader`].
//!
//! [`Reader`]: crate::Reader

pub mod agreements;
pub mod balances;
pub mod bank;
pub mod batches;
pub mod catalogue;
pub mod check;
pub mod closing;
pub mod conventions;
mod entries;
pub mod envelopes;
pub mod general_ledger;
pub mod harvest;
pub mod journal;
pub mod licences;
pub mod lists;
pub mod partners;
pub mod payments;
pub mod purchases;
pub mod reddition;
pub mod settlements;
mod source;
pub mod teams;
pub mod titles;
mod totals;
pub mod trail;
pub mod trial_balance;
pub mod webhooks;
pub mod work;

/// Some of the rows of a list, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, K> {
    /// The rows.
    pub rows: Vec<T>,
    /// What to ask the next page with; `None` when this was the last.
    pub next: Option<K>,
}

impl<T, K> Page<T, K> {
    /// The first `limit` of `rows`, of which there may be one more; `key` is where a row stands.
    fn cut(mut rows: Vec<T>, limit: usize, key: impl Fn(&T) -> K) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(key);
        Self { rows, next }
    }
}

/// `limit` and one more, to know whether there is a next page.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX)
}
