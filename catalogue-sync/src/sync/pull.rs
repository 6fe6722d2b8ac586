//! From a partner's site to one feed: all its pages, or the news since last time.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};
use url::Url;

use super::Source;
use super::state::State;
use crate::feed::{
    Context, Extent, Feed, FeedError, Format, Reason, Reference, RefusedOffer, Rule,
};
use crate::fetch::{Answer, FetchError, Fetcher};
use crate::vocabularies::Vocabularies;

/// How many pages are read at most.
const PAGES_MAX: usize = 10_000;
/// How many offers one partner may name.
const OFFERS_MAX: usize = 500_000;
/// How many times a feed that changes while it is read is begun again.
const BEGINNINGS_MAX: usize = 3;
/// How far news overlap what was read before: a partner's clock may go back a little.
const OVERLAP: TimeDelta = TimeDelta::minutes(1);

/// What a partner's site said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pulled {
    /// Nothing new since last time.
    Unchanged,
    /// All its pages in one.
    Feed {
        /// What they say.
        feed: Feed,
        /// To be sent next time.
        etag: Option<String>,
    },
}

/// Why a feed could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PullError {
    /// The site gave nothing that can be read.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What it gave is not a feed.
    #[error("{url}: {error}")]
    Feed {
        /// Which page.
        url: String,
        /// What is wrong with it.
        error: FeedError,
    },
    /// It changes faster than it can be read.
    #[error("{url} changed while it was read, {BEGINNINGS_MAX} times")]
    Moving {
        /// Where it begins.
        url: String,
    },
    /// It names more offers than any partner has.
    #[error("{url} names over {OFFERS_MAX} offers")]
    TooMany {
        /// Where it begins.
        url: String,
    },
    /// Its pages lead back to one another, or never end.
    #[error("{url}: page {page} leads to a page that was read already, or over {PAGES_MAX}")]
    Circular {
        /// Where it begins.
        url: String,
        /// Which page, from 1.
        page: usize,
    },
}

/// Reads all that `source` says, or its news when a whole feed was read today already.
pub async fn pull(
    source: &Source,
    state: &State,
    fetcher: &Fetcher,
    today: NaiveDate,
) -> Result<Pulled, PullError> {
    let since = state.as_of.filter(|_| state.full_on == Some(today));
    // The same ONIX file says otherwise the next day: its prices and publications have dates.
    let lasting = source.format == Format::Json || state.read_on == Some(today);
    let etag = state.etag.as_deref().filter(|_| lasting);
    for _ in 0..BEGINNINGS_MAX {
        if let Some(pulled) = pages(source, etag, since, fetcher, today).await? {
            return Ok(pulled);
        }
        tracing::info!(feed = %source.feed, "changed while it was read: begun again");
    }
    Err(PullError::Moving { url: source.feed.to_string() })
}

/// All pages in one; `None` when the feed changed in between.
async fn pages(
    source: &Source,
    known_etag: Option<&str>,
    since: Option<DateTime<Utc>>,
    fetcher: &Fetcher,
    today: NaiveDate,
) -> Result<Option<Pulled>, PullError> {
    let mut whole = Whole::default();
    let mut cursor: Option<String> = None;
    let mut first_etag = None;
    for page in 1..=PAGES_MAX {
        let url = address(source, since, cursor.as_deref());
        let sent = if page == 1 { known_etag } else { None };
        let (bytes, etag) = match fetcher.get(&url, source.format, sent).await {
            Ok(Answer::Body { bytes, etag }) => (bytes, etag),
            Ok(Answer::Unchanged) => return Ok(Some(Pulled::Unchanged)),
            // The cursor was given for another state of the feed.
            Err(FetchError::Status { status: 410, .. }) if page > 1 => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let vocabularies = Vocabularies::built_in();
        let context = Context { today, extent: source.extent, vocabularies: &vocabularies };
        let mut feed = Feed::of(source.format, &bytes, &context)
            .map_err(|error| PullError::Feed { url: url.to_string(), error })?;
        if page == 1 {
            first_etag.clone_from(&etag);
        } else if etag != first_etag {
            return Ok(None);
        }
        let next = feed.next.take();
        whole.add(page, feed);
        if whole.named() > OFFERS_MAX {
            return Err(PullError::TooMany { url: source.feed.to_string() });
        }
        match next {
            None => return Ok(whole.feed.map(|feed| Pulled::Feed { feed, etag: first_etag })),
            Some(next) if cursor.as_ref() == Some(&next) => {
                return Err(PullError::Circular { url: source.feed.to_string(), page });
            }
            Some(next) => cursor = Some(next),
        }
    }
    Err(PullError::Circular { url: source.feed.to_string(), page: PAGES_MAX })
}

fn address(source: &Source, since: Option<DateTime<Utc>>, cursor: Option<&str>) -> Url {
    let mut url = source.feed.clone();
    match source.format {
        Format::Json => {
            let mut query = url.query_pairs_mut();
            if let Some(since) = since {
                let since = (since - OVERLAP).to_rfc3339_opts(SecondsFormat::Secs, true);
                query.append_pair("updated_since", &since);
            }
            if let Some(cursor) = cursor {
                query.append_pair("cursor", cursor);
            }
            drop(query);
            if url.query() == Some("") {
                url.set_query(None);
            }
        }
        Format::Onix | Format::Csv | Format::Oai | Format::Gar => {}
    }
    url
}

/// The pages read so far, as one feed.
#[derive(Default)]
struct Whole {
    feed: Option<Feed>,
    /// On which page each reference was met.
    pages: BTreeMap<Reference, usize>,
}

impl Whole {
    fn named(&self) -> usize {
        self.feed.as_ref().map_or(0, |it| it.offers.len() + it.refused.len() + it.withdrawn.len())
    }

    fn add(&mut self, page: usize, read: Feed) {
        let place = |place: &str| {
            if page == 1 { place.to_owned() } else { format!("page {page}: {place}") }
        };
        let whole = self.feed.get_or_insert_with(|| {
            let mut feed = Feed::empty(read.extent);
            feed.as_of = read.as_of;
            feed
        });
        // The whole tells all only if each page does.
        if read.extent == Extent::Changes {
            whole.extent = Extent::Changes;
        }
        for listing in read.offers {
            if let Some(first) = self.pages.get(&listing.reference) {
                let reference = &listing.reference;
                let message =
                    format!("reference {reference} is also on page {first}, which is kept");
                whole.refused.push(RefusedOffer {
                    reference: Some(reference.clone()),
                    title: Some(listing.title.clone()),
                    place: place("offers"),
                    reasons: vec![Reason::new(Rule::Duplicate, reference, message)],
                });
            } else {
                self.pages.insert(listing.reference.clone(), page);
                whole.offers.push(listing);
            }
        }
        whole.withdrawn.extend(read.withdrawn);
        for mut refused in read.refused {
            refused.place = place(&refused.place);
            whole.refused.push(refused);
        }
        for mut remark in read.remarks {
            remark.place = place(&remark.place);
            whole.remarks.push(remark);
        }
    }
}
