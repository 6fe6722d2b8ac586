//! A list of a repository of notices (OAI-PMH): whole, or what changed since the last one.
//!
//! The repository's own clock dates both its answers and its records: what changed since the last
//! answer, a little before it, is all that is new. A clock that went back is told by its answers,
//! and the whole list is read again. So it is now and then of a repository that does not tell for
//! ever what it has deleted.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::list::{List, Pulled, Told};
use super::{BEGINNINGS_MAX, EMPTY_PAGES_MAX, PAGES_MAX, RECORDS_MAX};
use crate::feed::oai::{
    DeletedRecord, FALLBACK_PREFIX, Granularity, Identity, OaiError, Request, Selection, identify,
    request,
};
use crate::feed::{Extent, FeedError, Page};
use crate::fetch::{Answer, Body, FetchError};
use crate::store::{Progress, Repository, Resume};
use crate::sync::PullError;

/// How long a list that was left half-read may be gone on with.
const RESUMED_WITHIN: TimeDelta = TimeDelta::hours(20);
/// How often a repository that tells what it has deleted is read whole all the same.
const WHOLE_EVERY: TimeDelta = TimeDelta::days(30);

/// Where a list begins.
enum Beginning {
    /// At its first page.
    First,
    /// After the page that gave this token.
    After(Resume),
}

/// How reading a list ended.
enum Ended {
    /// On its last page.
    Whole(Pulled),
    /// The repository no longer knows the token it gave.
    TokenLost,
    /// The repository's clock has gone back.
    ClockBack,
    /// The repository does not take the date from which it was asked.
    DateRefused,
    /// The repository has no metadata of the prefix that was asked for.
    NoSuchPrefix,
}

impl List<'_> {
    /// Reads a repository's news, or all of it; `None` when there are none.
    pub(super) async fn repository(&mut self) -> Result<Option<Pulled>, PullError> {
        let resume = self.progress.resume.take();
        let recent = |it: &Resume| self.pass.meta.at - it.begun < RESUMED_WITHIN;
        if let Some(resume) = resume.filter(recent) {
            let extent = resume.extent;
            if let Ended::Whole(pulled) = self.records(extent, Beginning::After(resume)).await? {
                return Ok(Some(pulled));
            }
            tracing::info!(url = %self.feed.url, "cannot be gone on with: begun again");
        }
        for _ in 0..BEGINNINGS_MAX {
            let identity = self.identity().await?;
            let whole = self.is_whole_due(identity);
            let extent = if whole { Extent::Full } else { Extent::Changes };
            self.run += 1;
            match self.records(extent, Beginning::First).await? {
                Ended::Whole(pulled) if pulled.extent == Extent::Changes && pulled.named == 0 => {
                    self.store.lock().keep(self.feed.format.role(), self.run, &self.progress)?;
                    return Ok(None);
                }
                Ended::Whole(pulled) => return Ok(Some(pulled)),
                Ended::TokenLost => {}
                // Nothing tells any more from when news are: all of it is due.
                Ended::ClockBack | Ended::DateRefused => self.progress.as_of = None,
                Ended::NoSuchPrefix => {
                    if let Some(repository) = &mut self.progress.repository {
                        repository.prefix = Some(FALLBACK_PREFIX.to_owned());
                    }
                }
            }
            tracing::info!(url = %self.feed.url, "begun again");
        }
        Err(PullError::Moving { url: self.feed.url.to_string() })
    }

    /// What the repository says of itself: asked once, and again when it is read whole.
    async fn identity(&mut self) -> Result<Identity, PullError> {
        if let Some(known) = &self.progress.repository
            && (self.identified == Some(known.identity) || !self.is_whole_due(known.identity))
        {
            return Ok(known.identity);
        }
        let url = request(&self.feed.url, &Request::Identify);
        let mut body = match self.fetcher.get(&url, self.feed.format, None).await? {
            Answer::Body { body, .. } => body,
            Answer::Unchanged => Body::default(),
        };
        let mut bytes = body.reader().map_err(|it| FetchError::Disk(it.to_string()))?;
        let identity = identify(&mut bytes)
            .map_err(|error| PullError::Feed { url: url.to_string(), error })?;
        let prefix = self.progress.repository.take().and_then(|it| it.prefix);
        self.progress.repository = Some(Repository { identity, prefix });
        self.identified = Some(identity);
        Ok(identity)
    }

    /// Whether all of it is to be read: the first time, now and then, and daily when it does not
    /// tell for ever what it has deleted.
    ///
    /// What is held is read whole each time: its news alone would not tell what it no longer names.
    fn is_whole_due(&self, identity: Identity) -> bool {
        if self.progress.held {
            return true;
        }
        let (Some(last), Some(_)) = (self.progress.full_on, self.progress.as_of) else {
            return true;
        };
        match identity.deleted_record {
            DeletedRecord::No | DeletedRecord::Transient => last != self.pass.today,
            DeletedRecord::Persistent => self.pass.today - last >= WHOLE_EVERY,
        }
    }

    async fn records(&mut self, extent: Extent, from: Beginning) -> Result<Ended, PullError> {
        let granularity =
            self.progress.repository.as_ref().map(|it| it.identity.granularity).unwrap_or_default();
        let since = self.progress.as_of.filter(|_| extent == Extent::Changes);
        let first = matches!(from, Beginning::First);
        let mut reading = match from {
            Beginning::After(resume) => resume,
            Beginning::First => Resume {
                token: String::new(),
                extent,
                as_of: None,
                named: 0,
                pages: 0,
                begun: self.pass.meta.at,
            },
        };
        let (mut seen, mut at_first) = (HashSet::from([reading.token.clone()]), first);
        let mut empty = 0;
        while reading.pages < PAGES_MAX {
            let told = match self.one(&reading, at_first, since, granularity).await {
                Ok((page, told)) => {
                    reading.named += told.named;
                    empty = if told.named == 0 { empty + 1 } else { 0 };
                    if told.changed {
                        self.progress.settled = None;
                    }
                    page
                }
                Err(PullError::Feed { error: FeedError::Oai { code, .. }, .. })
                    if code == OaiError::BadResumptionToken && !at_first =>
                {
                    return Ok(Ended::TokenLost);
                }
                Err(PullError::Feed { error: FeedError::Oai { code, .. }, .. })
                    if code == OaiError::BadArgument && at_first && since.is_some() =>
                {
                    return Ok(Ended::DateRefused);
                }
                Err(PullError::Feed { error: FeedError::Oai { code, .. }, .. })
                    if code == OaiError::CannotDisseminateFormat
                        && self.may_fall_back(at_first) =>
                {
                    return Ok(Ended::NoSuchPrefix);
                }
                Err(error) => return Err(error),
            };
            if at_first {
                reading.as_of = told.as_of;
                if went_back(since, told.as_of) {
                    return Ok(Ended::ClockBack);
                }
            }
            (reading.pages, at_first) = (reading.pages + 1, false);
            if empty == EMPTY_PAGES_MAX {
                return Err(PullError::Empty { url: self.feed.url.to_string() });
            }
            if reading.named > RECORDS_MAX {
                return Err(PullError::TooMany { url: self.feed.url.to_string() });
            }
            let Some(next) = told.next else { return Ok(Ended::Whole(self.ended(&reading))) };
            if !seen.insert(next.clone()) {
                let (url, page) = (self.feed.url.to_string(), reading.pages);
                return Err(PullError::Circular { url, page });
            }
            reading.token = next;
        }
        Err(PullError::Circular { url: self.feed.url.to_string(), page: PAGES_MAX })
    }

    /// Reads one page; where to go on is kept with its records.
    async fn one(
        &mut self,
        reading: &Resume,
        first: bool,
        since: Option<DateTime<Utc>>,
        granularity: Granularity,
    ) -> Result<(Page, Told), PullError> {
        let prefix = self.progress.repository.as_ref().and_then(|it| it.prefix.clone());
        let from = since.map(|it| it - overlap(granularity));
        let selection =
            Selection { prefix: prefix.as_deref(), from, granularity, ..Selection::default() };
        let what = if first {
            Request::List(selection)
        } else {
            Request::Resume { token: &reading.token }
        };
        let url = request(&self.feed.url, &what);
        let body = match self.fetcher.get(&url, self.feed.format, None).await? {
            Answer::Body { body, .. } => body,
            Answer::Unchanged => Body::default(),
        };
        let before = reading.clone();
        let keep = move |page: &Page, told: Told, progress: &mut Progress| {
            if told.changed {
                progress.settled = None;
            }
            if first && went_back(since, page.as_of) {
                (progress.resume, progress.as_of) = (None, None);
                return;
            }
            progress.resume = page.next.clone().map(|token| Resume {
                token,
                as_of: if first { page.as_of } else { before.as_of },
                named: before.named + told.named,
                pages: before.pages + 1,
                ..before
            });
        };
        self.page(&url, body, (reading.extent, reading.pages + 1), keep).await
    }

    fn may_fall_back(&self, first: bool) -> bool {
        let asked = self.feed.url.query_pairs().any(|it| it.0 == "metadataPrefix");
        let known = self.progress.repository.as_ref().is_some_and(|it| it.prefix.is_some());
        first && !asked && !known
    }

    /// The list was read to its end: what changes from now on is asked from its beginning.
    fn ended(&mut self, reading: &Resume) -> Pulled {
        self.progress.as_of = reading.as_of.or(self.progress.as_of);
        self.progress.read_on = Some(self.pass.today);
        self.progress.resume = None;
        Pulled { extent: reading.extent, named: reading.named }
    }
}

/// How far news overlap what was read before.
const fn overlap(granularity: Granularity) -> TimeDelta {
    match granularity {
        Granularity::Day => TimeDelta::days(1),
        Granularity::Second => TimeDelta::minutes(5),
    }
}

/// Whether a repository's clock shows less than it did, beyond what overlaps.
fn went_back(before: Option<DateTime<Utc>>, now: Option<DateTime<Utc>>) -> bool {
    before.zip(now).is_some_and(|(before, now)| now < before - TimeDelta::minutes(5))
}
