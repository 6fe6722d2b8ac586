//! One list of records, page after page.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use url::Url;

use super::{BEGINNINGS_MAX, PAGES_MAX, RECORDS_MAX};
use crate::feed::oai::Identity;
use crate::feed::{Context, Extent, FeedError, Format, Page, read};
use crate::fetch::{Answer, Body, FetchError, Fetcher};
use crate::store::Progress;
use crate::sync::{FeedSource, Pass, PullError, Shared};
use crate::vocabularies::Vocabularies;

/// How far news overlap what was read before: a partner's clock may go back a little.
const OVERLAP: TimeDelta = TimeDelta::minutes(1);

/// A list being read.
pub(super) struct List<'a> {
    pub(super) feed: &'a FeedSource,
    pub(super) store: &'a Shared,
    pub(super) fetcher: &'a Fetcher,
    pub(super) vocabularies: &'a Arc<Vocabularies>,
    pub(super) pass: Pass,
    /// As it is kept with each page.
    pub(super) progress: Progress,
    /// Which reading of the feed it is.
    pub(super) run: i64,
    /// What a repository said of itself on this pass; `None` before it is asked.
    pub(super) identified: Option<Identity>,
}

/// What a page told.
#[derive(Clone, Copy)]
pub(super) struct Told {
    /// How many records it named.
    pub(super) named: usize,
    /// Whether any of them says something else than before.
    pub(super) changed: bool,
}

/// A list that was read to its end.
pub(super) struct Pulled {
    /// How much it tells: all only if each page does.
    pub(super) extent: Extent,
    /// How many records it named.
    pub(super) named: usize,
}

impl List<'_> {
    /// Reads all that the feed says, or its news when it was read whole today already; `None` when
    /// there is nothing new.
    pub(super) async fn pull(&mut self) -> Result<Option<Pulled>, PullError> {
        if self.feed.format == Format::Oai {
            return self.repository().await;
        }
        let today = Some(self.pass.today);
        let since = self.progress.as_of.filter(|_| self.progress.full_on == today);
        // The same ONIX file says otherwise the next day: its publications have dates.
        let lasting = self.feed.format != Format::Onix || self.progress.read_on == today;
        let etag = self.progress.etag.clone().filter(|_| lasting);
        for _ in 0..BEGINNINGS_MAX {
            self.run += 1;
            match self.pages(etag.as_deref(), since).await? {
                Read::Unchanged => {
                    // Nothing was named: what stands was named by the reading before.
                    self.run -= 1;
                    return Ok(None);
                }
                Read::Whole(pulled) => return Ok(Some(pulled)),
                Read::Moved => {
                    tracing::info!(url = %self.feed.url, "changed meanwhile: begun again");
                }
            }
        }
        Err(PullError::Moving { url: self.feed.url.to_string() })
    }

    async fn pages(
        &mut self,
        known_etag: Option<&str>,
        since: Option<DateTime<Utc>>,
    ) -> Result<Read, PullError> {
        let (mut cursor, mut seen) = (None::<String>, HashSet::new());
        let mut pulled = Pulled { extent: Extent::Full, named: 0 };
        let (mut first_etag, mut first_as_of) = (None, None);
        for page in 1..=PAGES_MAX {
            let url = address(self.feed, since, cursor.as_deref());
            let sent = if page == 1 { known_etag } else { None };
            let (body, etag) = match self.fetcher.get(&url, self.feed.format, sent).await {
                Ok(Answer::Body { body, etag }) => (body, etag),
                Ok(Answer::Unchanged) => return Ok(Read::Unchanged),
                // The cursor was given for another state of the feed.
                Err(FetchError::Status { status: 410, .. }) if page > 1 => return Ok(Read::Moved),
                Err(error) => return Err(error.into()),
            };
            if page > 1 && etag != first_etag {
                return Ok(Read::Moved);
            }
            // Should this reading stop half-way, the next one begins again whatever the site says.
            (self.progress.settled, self.progress.etag) = (None, None);
            let (told, Told { named, .. }) =
                self.page(&url, body, (self.feed.extent, page), |_, _, _| ()).await?;
            if page == 1 {
                (first_etag, first_as_of) = (etag, told.as_of);
            }
            pulled.named += named;
            if told.extent == Extent::Changes {
                pulled.extent = Extent::Changes;
            }
            if pulled.named > RECORDS_MAX {
                return Err(PullError::TooMany { url: self.feed.url.to_string() });
            }
            let Some(next) = told.next else {
                self.progress.etag = first_etag;
                self.progress.as_of = first_as_of;
                self.progress.read_on = Some(self.pass.today);
                return Ok(Read::Whole(pulled));
            };
            if !seen.insert(next.clone()) {
                return Err(PullError::Circular { url: self.feed.url.to_string(), page });
            }
            cursor = Some(next);
        }
        Err(PullError::Circular { url: self.feed.url.to_string(), page: PAGES_MAX })
    }

    /// Reads one page of a list that tells so much, and its number, into the store, in a thread that may wait for
    /// the disk; `told` is given what the page says before it is kept.
    pub(super) async fn page(
        &self,
        url: &Url,
        mut body: Body,
        (extent, number): (Extent, usize),
        told: impl FnOnce(&Page, Told, &mut Progress) + Send + 'static,
    ) -> Result<(Page, Told), PullError> {
        let (store, mut progress) = (Arc::clone(self.store), self.progress.clone());
        let (format, run) = (self.feed.format, self.run);
        let (today, vocabularies) = (self.pass.today, Arc::clone(self.vocabularies));
        let address = url.to_string();
        let reading = move || {
            let context = Context { today, extent, vocabularies: &vocabularies };
            let mut store = store.lock();
            let mut writing = store.writing(format, run, number)?;
            let mut bytes = body.reader().map_err(|it| FetchError::Disk(it.to_string()))?;
            let read = read(format, &mut bytes, &context, &mut |it| writing.take(it));
            // What came before the fault is whole: it is kept, and told again when all is well.
            let what = Told { named: writing.named(), changed: writing.changed() };
            let page = read.map_err(|error: FeedError| PullError::Feed { url: address, error })?;
            told(&page, what, &mut progress);
            writing.commit(&progress)?;
            Ok((page, what))
        };
        match tokio::task::spawn_blocking(reading).await {
            Ok(read) => read,
            Err(why) => Err(PullError::Reader { url: url.to_string(), why: why.to_string() }),
        }
    }
}

/// How reading the pages ended.
enum Read {
    /// There was nothing new.
    Unchanged,
    /// To the last page.
    Whole(Pulled),
    /// The feed changed in between.
    Moved,
}

fn address(feed: &FeedSource, since: Option<DateTime<Utc>>, cursor: Option<&str>) -> Url {
    let mut url = feed.url.clone();
    match feed.format {
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
