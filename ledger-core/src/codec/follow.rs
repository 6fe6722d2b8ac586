//! Reading many events one after the other.

use chrono::{DateTime, Utc};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{DecodeError, read};
use crate::account::{AccountEvent, AskedBy, Origin, PurchaseAuthorised, Shares, Terms};
use crate::event::Event;
use crate::event_log::Recorded;
use crate::ids::PurchaseId;
use crate::money::Amount;
use crate::repeated::Repeated;
use crate::stream::Category;

/// How many terms are kept; all are forgotten beyond.
const TERMS_MAX: usize = 16_384;

/// Reads events one after the other, each as [`read`] does; the terms that many purchases repeat
/// are read once.
#[derive(Debug, Default)]
pub struct Follower {
    terms: FxHashMap<Box<str>, Repeated<Terms>>,
}

/// [`PurchaseAuthorised`], its terms not read yet.
#[derive(Deserialize)]
struct Authorised<'a> {
    purchase: PurchaseId,
    #[serde(borrow)]
    terms: &'a RawValue,
    amount: Amount,
    split: Shares,
    #[serde(with = "chrono::serde::ts_seconds")]
    hold_until: DateTime<Utc>,
    #[serde(default)]
    origin: Origin,
    #[serde(default)]
    asked_by: Option<AskedBy>,
}

impl Follower {
    /// Reads an event of any stream.
    pub fn read(&mut self, recorded: &Recorded) -> Result<Event, DecodeError> {
        let known = (recorded.stream.category, recorded.name.as_str(), recorded.schema);
        if known == (Category::Account, "purchase_authorised", 1)
            && let Some(event) = self.authorised(&recorded.body)
        {
            return Ok(event);
        }
        read(recorded)
    }

    /// `None` when it is not what it should be: [`read`] then says why.
    fn authorised(&mut self, body: &[u8]) -> Option<Event> {
        let it: Authorised<'_> = serde_json::from_slice(body).ok()?;
        let (purchase, amount, split) = (it.purchase, it.amount, it.split);
        let (hold_until, origin, asked_by) = (it.hold_until, it.origin, it.asked_by);
        let terms = self.terms(it.terms.get())?;
        let event =
            PurchaseAuthorised { purchase, terms, amount, split, hold_until, origin, asked_by };
        Some(Event::Account(AccountEvent::Authorised(event)))
    }

    fn terms(&mut self, json: &str) -> Option<Repeated<Terms>> {
        if let Some(known) = self.terms.get(json) {
            return Some(known.clone());
        }
        let terms: Repeated<Terms> = serde_json::from_str(json).ok()?;
        if self.terms.len() == TERMS_MAX {
            self.terms.clear();
        }
        self.terms.insert(json.into(), terms.clone());
        Some(terms)
    }
}
